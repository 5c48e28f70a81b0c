/** Runs a command to its end, collects its output, and passes on each line while it runs. */
import { spawn } from "node:child_process";

export interface CommandRequest {
  readonly command: string;
  /** Program and arguments that the command is appended to. Default: `["/bin/sh", "-c"]`. */
  readonly interpreter?: readonly string[];
  readonly dir?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Called with each line as it comes, without its line break. */
  onLine(line: string, from: "stdout" | "stderr"): void;
}

/**
 * Returns both outputs, without the last line break.
 *
 * @throws unless the exit code is 0; the message has both outputs in the order of their arrival
 */
export function runCommand(
  request: CommandRequest,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const [program = "/bin/sh", ...args] = request.interpreter?.length
    ? request.interpreter
    : ["/bin/sh", "-c"];
  const child = spawn(program, [...args, request.command], {
    ...(request.dir === undefined ? {} : { cwd: request.dir }),
    env: { ...process.env, ...request.environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A command that doesn't read its input may close it early.
  child.stdin.on("error", () => {});
  child.stdin.end(request.stdin ?? "");

  const both: string[] = [];
  const output = { stdout: "", stderr: "" };
  for (const from of ["stdout", "stderr"] as const) {
    let rest = "";
    child[from].setEncoding("utf8").on("data", (text: string) => {
      output[from] += text;
      both.push(text);
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) request.onLine(line, from);
    });
    child[from].on("end", () => {
      if (rest) request.onLine(rest, from);
    });
  }

  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: Error) =>
      reject(
        new Error(`${why}: running ${JSON.stringify(request.command)}:\n${both.join("")}`, {
          cause,
        }),
      );
    child.on("error", (error) => fail(error.message, error));
    child.on("close", (code, signal) => {
      if (code === 0)
        resolve({
          stdout: output.stdout.replace(/\n$/, ""),
          stderr: output.stderr.replace(/\n$/, ""),
        });
      else fail(signal ? `signal: ${signal}` : `exit status ${code}`);
    });
  });
}
