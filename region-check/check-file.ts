import { writeFile } from "node:fs/promises";
import { stripVTControlCharacters } from "node:util";
import type { ToolName } from "../toolchain/index.ts";
import type { DistinctFile } from "./distinct-files.ts";
import { hostPath, translateAddresses, translatePaths, untranslate } from "./guest-root.ts";
import { runProgram, runUntilReady } from "./run-program.ts";
import type { EndedProgram } from "./run-program.ts";

export interface CheckContext {
  /** The temporary guest root that holds the files of the file's first host. */
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly programs: Readonly<Record<ToolName, { readonly path: string }>>;
  readonly signal: AbortSignal;
}

/** What came of a file's check. */
export type Verdict =
  /** `started`: a server ran with the file, besides reading it. */
  | { readonly kind: "accepted"; readonly started: boolean }
  /** `output`: the program's own words. */
  | { readonly kind: "refused"; readonly started: boolean; readonly output: string }
  /** Variables of the file that nothing sets and that its program would read as empty. */
  | { readonly kind: "unset"; readonly variables: readonly string[] };

/** Checks one file with the program that will read it. */
export async function checkFile(file: DistinctFile, c: CheckContext): Promise<Verdict> {
  const { checker, path, text } = file;
  const variables = checker.readsUnsetAsEmpty ? unsetVariables(text, c.env) : [];
  if (variables.length > 0) return { kind: "unset", variables };
  const read = await runProgram(programOf(file, checker.args, c));
  if (!read.ok || checker.start === undefined) return verdictOf(read, false, c.root);
  const { args, ready } = checker.start;
  await writeFile(hostPath(c.root, path), translateAddresses(translatePaths(c.root, text)));
  const started = await runUntilReady(programOf(file, args, c), ready);
  return verdictOf(started, true, c.root);
}

/** Returns the names of `$NAME` and `${NAME…}` outside `$$` that `env` doesn't have. */
function unsetVariables(text: string, env: Readonly<Record<string, string>>): string[] {
  const used = text.replaceAll("$$", "").matchAll(/\$\{?([A-Za-z_]\w*)/g);
  const names = new Set([...used].map((match) => match[1] ?? ""));
  return [...names].filter((name) => env[name] === undefined);
}

function programOf({ checker }: DistinctFile, args: readonly string[], c: CheckContext) {
  return {
    path: c.programs[checker.program].path,
    args: args.map((word) => translatePaths(c.root, word)),
    env: c.env,
    cwd: c.root,
    signal: c.signal,
  };
}

/** Lines of a program's log that report progress, not why it ended: levels as zap, zerolog and NATS write them. */
const progressLine = /"level":"(debug|info|warn)"|\[(INF|DBG|TRC|WRN)\]/;

function verdictOf({ ok, output }: EndedProgram, started: boolean, root: string): Verdict {
  if (ok) return { kind: "accepted", started };
  const lines = untranslate(root, stripVTControlCharacters(output))
    .split("\n")
    .filter((line) => line.trim() !== "");
  const reasons = lines.filter((line) => !progressLine.test(line));
  const shown = (reasons.length > 0 ? reasons : lines).slice(-12).join("\n");
  return { kind: "refused", started, output: shown };
}
