/**
 * The program that checks the rendered files of a region with the very programs that will read them. It reads
 * {@link CheckInput} as JSON from stdin and writes one line per distinct file. Exit code: 0 every file is accepted,
 * 1 a file is refused or the check was stopped, 2 the setup or the input is wrong, 3 a program can't be obtained.
 */
import { text } from "node:stream/consumers";
import { messageOf } from "../lib/message-of.ts";
import { createProgressText, ensureTools, ToolchainError } from "../toolchain/index.ts";
import { parseCheckInput } from "./check-input.ts";
import { checkRegion } from "./check-region.ts";
import { formatCheckedFile } from "./report.ts";

const stop = new AbortController();
for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  // `on`, not `once`: execa ends the process itself at a signal that has no listener.
  process.on(name, () => stop.abort(new Error(`stopped by ${name}`)));
}

try {
  const input = parseCheckInput(await text(process.stdin));
  const names = new Set(Object.values(input.checkers).map(({ program }) => program));
  const programs = await ensureTools([...names], {
    onProgress: createProgressText(process.stderr),
    signal: stop.signal,
  });
  const path = process.env["PATH"] ?? "";
  const checked = await checkRegion(input, { programs, path, signal: stop.signal });
  for (const file of checked) process.stdout.write(formatCheckedFile(file));
  if (checked.some(({ verdict }) => verdict.kind !== "accepted")) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`check of the rendered files failed: ${messageOf(error)}\n`);
  process.exitCode = error instanceof ToolchainError ? error.exitCode : stop.signal.aborted ? 1 : 2;
}
