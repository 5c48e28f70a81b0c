/** `flotilla scale show|set|burst|end`: how many run, and how that changes for good or for a time. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { styleText } from "node:util";
import { parse } from "yaml";
import { planChange } from "../../../compiler/compile.ts";
import type { SpecView } from "../../../controller/index.ts";
import { openController } from "../controller-api/client.ts";
import type { ControllerApi, ControllerFlags } from "../controller-api/client.ts";
import { formatServices } from "../output/status-text.ts";
import { UserError } from "../command-line/failure.ts";
import { formatText } from "../plan/text.ts";

/** What holds; with a file of the specs, how that file differs from what holds. */
export async function runScaleShow(
  flags: ControllerFlags & { readonly file?: string; readonly json?: true },
): Promise<void> {
  const api = openController(flags);
  if (flags.file !== undefined) return showDifference(api, flags.file);
  const status = await api.status();
  if (flags.json) console.log(JSON.stringify(status.services, null, 2));
  else console.log(formatServices(status));
}

async function showDifference(api: ControllerApi, file: string): Promise<void> {
  const text = readText(file);
  const body = await api.spec();
  const held = findDocument(body.files, text, file);
  const path = held?.path ?? `services/${basename(file)}`;
  if (held?.text === text) {
    console.log(`${file} is what holds (${path} at ${body.revision.slice(0, 12)})`);
    return;
  }
  const others = body.files.filter((each) => each.path !== path);
  const after = [...others, { path, text }].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const planned = planChange(body.files, after);
  if (!planned.ok)
    throw new UserError(
      `${file} doesn't compile with what holds: ${planned.diagnostics.map(({ code, line, message }) => `line ${line}: ${code} ${message}`).join("; ")}`,
    );
  console.log(
    formatText(
      planned.change,
      `${file} against ${path} at ${body.revision.slice(0, 12)}`,
      (style, shown) => styleText(style, shown, { stream: process.stdout }),
    ),
  );
}

/** Changes one service for good: a commit, accepted once it is pushed. */
export async function runScaleSet(
  flags: ControllerFlags & {
    readonly file: string;
    readonly reason: string;
    readonly dryRun?: true;
    readonly json?: true;
  },
): Promise<void> {
  const api = openController(flags);
  const text = readText(flags.file);
  const name = nameOf(text);
  if (name === undefined)
    throw new UserError(
      `${flags.file} is no service: it needs \`kind: Service\` and a \`name\`. A change of the fleet is a commit to the specs`,
    );
  const tag = await api.serviceTag(name);
  const { reason, dryRun = false } = flags;
  const change = await api.putService(name, { text, reason }, tag, dryRun);
  if (flags.json) {
    console.log(JSON.stringify(change, null, 2));
    return;
  }
  for (const { file, line, severity, code, message } of change.diagnostics)
    console.error(`${file}:${line} ${severity} ${code} ${message}`);
  if (!change.changed) console.log(`nothing to change: ${name} is as ${flags.file} says`);
  else {
    console.log(change.diff);
    console.log(
      change.dry_run
        ? "nothing is stored: this was a dry run"
        : `accepted as ${change.revision.slice(0, 12)}; \`flotilla status\` shows how far it is`,
    );
  }
}

export interface BurstFlags extends ControllerFlags {
  readonly region: string;
  readonly to: number;
  readonly for?: string;
  readonly until?: string;
  readonly reason: string;
  readonly json?: true;
}

export async function runScaleBurst(service: string, flags: BurstFlags): Promise<void> {
  const { region, to, for: duration, until, reason, json } = flags;
  const api = openController(flags);
  const burst = await api.startBurst({
    service,
    region,
    to,
    ...(duration === undefined ? {} : { for: duration }),
    ...(until === undefined ? {} : { until }),
    reason,
  });
  if (json) {
    console.log(JSON.stringify(burst, null, 2));
    return;
  }
  const strategy = (await api.status()).services.find(({ name }) => name === service)?.strategy;
  const how = strategy === "local" ? "a process more on the hosts there are" : "a host more";
  console.log(
    `${service} scales by ${how} for each replica: its \`scale_strategy\` is \`${strategy}\``,
  );
  console.log(
    `burst ${burst.id}: ${service} in ${region} to ${burst.to} until ${burst.until}; end it earlier with \`flotilla scale end ${burst.id}\``,
  );
}

export async function runScaleEnd(id: string, flags: ControllerFlags): Promise<void> {
  const { service, region } = await openController(flags).endBurst(id);
  console.log(`burst ${id} has ended: ${service} in ${region} goes back to what holds without it`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new UserError(`no file can be read at ${file}`);
  }
}

/** The file that describes the same: the fleet, the service of that name, else what is called the same. */
function findDocument(
  files: SpecView["files"],
  text: string,
  file: string,
): SpecView["files"][number] | undefined {
  const name = nameOf(text);
  if (kindOf(text) === "Fleet") return files.find((each) => kindOf(each.text) === "Fleet");
  if (name !== undefined) return files.find((each) => nameOf(each.text) === name);
  return files.find((each) => basename(each.path) === basename(file));
}

function nameOf(text: string): string | undefined {
  const { kind, name } = parseDocument(text);
  return kind === "Service" && typeof name === "string" ? name : undefined;
}

function kindOf(text: string): unknown {
  return parseDocument(text).kind;
}

function parseDocument(text: string): { readonly kind?: unknown; readonly name?: unknown } {
  try {
    const value: unknown = parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {}; // the controller's diagnostics say where
  }
}
