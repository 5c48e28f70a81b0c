import type { Command } from "commander";
import { UserError } from "../../command-line/failure.ts";
import { addControllerOptions, jsonOption } from "../../command-line/options.ts";
import { openController } from "../../controller-api/client.ts";
import type { ControllerFlags } from "../../controller-api/client.ts";
import { readDocument } from "../../specs/service-document.ts";

/** `flotilla scale set`: the controller accepts the change once its commit is pushed. */
export function define(command: Command): void {
  addControllerOptions(command)
    .requiredOption("--file <file>", "the service's whole document")
    .option("--reason <text>", "subject of the commit", "scale set")
    .option("--dry-run", "show the change and store nothing")
    .addOption(jsonOption())
    .action(setService);
}

interface SetFlags extends ControllerFlags {
  readonly file: string;
  readonly reason: string;
  readonly dryRun?: true;
  readonly json?: true;
}

async function setService(flags: SetFlags): Promise<void> {
  const { file, reason, dryRun = false } = flags;
  const api = openController(flags);
  const { text, service } = readDocument(file);
  if (service === undefined)
    throw new UserError(
      `${file} is not a service: it needs \`kind: Service\` and a \`name\`. A change of the fleet is a commit to the specs`,
    );
  const tag = await api.serviceTag(service);
  const change = await api.putService(service, { text, reason }, tag, dryRun);
  if (flags.json) {
    console.log(JSON.stringify(change, null, 2));
    return;
  }
  for (const { file: where, line, severity, code, message } of change.diagnostics)
    console.error(`${where}:${line} ${severity} ${code} ${message}`);
  if (!change.changed) {
    console.log(`nothing to change: ${service} already equals ${file}`);
    return;
  }
  console.log(change.diff);
  console.log(
    change.dry_run
      ? "dry run: nothing is stored"
      : `accepted as ${change.revision.slice(0, 12)}; \`flotilla status\` shows its rollout`,
  );
}
