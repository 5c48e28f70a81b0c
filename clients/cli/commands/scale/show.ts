import { basename } from "node:path";
import { styleText } from "node:util";
import type { Command } from "commander";
import { planChange } from "../../../../compiler/compile.ts";
import type { SpecFile } from "../../../../compiler/compile.ts";
import { UserError } from "../../command-line/failure.ts";
import { addControllerOptions, jsonOption } from "../../command-line/options.ts";
import { openController } from "../../controller-api/client.ts";
import type { ControllerApi, ControllerFlags } from "../../controller-api/client.ts";
import { formatServices } from "../../output/status-text.ts";
import { formatText } from "../../plan/text.ts";
import { parseHead, readDocument } from "../../specs/service-document.ts";
import type { SpecDocument } from "../../specs/service-document.ts";

/** `flotilla scale show`: with `--file` it exits with 2 when the file doesn't compile with the applied specs. */
export function define(command: Command): void {
  addControllerOptions(command)
    .option("--file <file>", "a document of the specs to compare with the applied one")
    .addOption(jsonOption())
    .action(showScale);
}

interface ShowFlags extends ControllerFlags {
  readonly file?: string;
  readonly json?: true;
}

async function showScale(flags: ShowFlags): Promise<void> {
  const api = openController(flags);
  if (flags.file !== undefined) return showDifference(api, readDocument(flags.file));
  const status = await api.status();
  if (flags.json) console.log(JSON.stringify(status.services, null, 2));
  else console.log(formatServices(status));
}

async function showDifference(api: ControllerApi, document: SpecDocument): Promise<void> {
  const { file, text } = document;
  const { files, revision } = await api.spec();
  const applied = findApplied(files, document);
  const path = applied?.path ?? `services/${basename(file)}`;
  const where = `${path} at ${revision.slice(0, 12)}`;
  if (applied?.text === text) {
    console.log(`${file} equals the applied ${where}`);
    return;
  }
  const others = files.filter((each) => each.path !== path);
  const after = [...others, { path, text }].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const planned = planChange(files, after);
  if (!planned.ok) {
    const errors = planned.diagnostics
      .map(({ code, line, message }) => `line ${line}: ${code} ${message}`)
      .join("; ");
    throw new UserError(`${file} doesn't compile with the applied specs: ${errors}`);
  }
  const shown = formatText(planned.change, `${file} against ${where}`, (style, part) =>
    styleText(style, part, { stream: process.stdout }),
  );
  console.log(shown);
}

/** The applied document of the same Fleet or Service; of neither, the file of the same name. */
function findApplied(
  files: readonly SpecFile[],
  { file, kind, service }: SpecDocument,
): SpecFile | undefined {
  if (kind === "Fleet") return files.find((each) => parseHead(each.text).kind === "Fleet");
  if (service !== undefined) return files.find((each) => parseHead(each.text).service === service);
  return files.find((each) => basename(each.path) === basename(file));
}
