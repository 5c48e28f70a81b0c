/** Runs commands inside a process Machine: with its root as working directory and its environment. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { ExecRequest, ExecResult } from "./runner.ts";

/** Output beyond this is cut off. */
const OUTPUT_LIMIT_BYTES = 1024 * 1024;

/** Never rejects: an unknown command gives exit code 127, a command that runs into its timeout 124. */
export function execInGuest(
  request: ExecRequest,
  guest: { cwd: string; environment: Readonly<Record<string, string>> },
): Promise<ExecResult> {
  const over = Promise.withResolvers<ExecResult>();
  const [command = "", ...args] = request.command;
  const child = spawn(command, args, { cwd: guest.cwd, env: guest.environment });
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8");
    child[stream].on("data", (chunk: string) => {
      output[stream] = (output[stream] + chunk).slice(0, OUTPUT_LIMIT_BYTES);
    });
  }
  const timer = setTimeout(() => {
    // Don't wait for the end of the streams: the command's own children may hold them open.
    child.kill("SIGKILL");
    over.resolve({ exit_code: 124, exit_signal: constants.signals.SIGKILL, ...output });
  }, request.timeoutMs);
  child.on("error", (error) => {
    clearTimeout(timer);
    over.resolve({ exit_code: 127, exit_signal: 0, stdout: "", stderr: `${error.message}\n` });
  });
  child.on("close", (code, signal) => {
    clearTimeout(timer);
    const exit_signal = signal === null ? 0 : constants.signals[signal];
    over.resolve({ exit_code: code ?? 128 + exit_signal, exit_signal, ...output });
  });
  child.stdin.on("error", () => undefined); // a command that doesn't read its input may close it
  child.stdin.end(request.stdin);
  return over.promise;
}
