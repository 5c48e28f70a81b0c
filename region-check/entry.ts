/**
 * Checks the rendered files of a region with the very programs that will read them. Reads JSON from stdin
 * ({@link CheckInput}), writes one line per file. Exit code: 0 all good, 1 a file was refused, 2 a mistake in
 * the setup or the input, 3 a program could not be had.
 */
import { text } from "node:stream/consumers";
import { checkRegion } from "./check-region.ts";
import type { CheckResult } from "./check-region.ts";
import { parseCheckInput } from "./check-input.ts";
import { createProgressText, ensureTools, ToolchainError } from "../toolchain/index.ts";

const stop = new AbortController();
for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  // `on`, not `once`: execa ends the process itself at a signal that nobody listens to.
  process.on(name, () => stop.abort(new Error(`stopped by ${name}`)));
}

try {
  const input = parseCheckInput(await text(process.stdin));
  const results = await checkRegion(input, {
    bin: await programs(),
    path: process.env["PATH"] ?? "",
    signal: stop.signal,
  });
  for (const result of results) process.stdout.write(formatResult(result));
  if (results.some((result) => result.message !== undefined)) process.exitCode = 1;
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`check of the rendered files: ${message}\n`);
  process.exitCode = error instanceof ToolchainError ? error.exitCode : stop.signal.aborted ? 1 : 2;
}

async function programs(): Promise<Record<"process-compose" | "caddy" | "nats-server", string>> {
  const tools = await ensureTools(["process-compose", "caddy", "nats-server"], {
    onProgress: createProgressText(process.stderr),
    signal: stop.signal,
  });
  return {
    "process-compose": tools["process-compose"].path,
    caddy: tools.caddy.path,
    "nats-server": tools["nats-server"].path,
  };
}

function formatResult({ job, did, message }: CheckResult): string {
  const head = `${job.hosts.join(", ")}  ${job.path}  ${did}`;
  if (message === undefined) return `ok     ${head}\n`;
  return `error  ${head}\n${message.replaceAll(/^/gm, "         ")}\n`;
}
