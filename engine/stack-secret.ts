import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { EngineError } from "./engine-error.ts";
import type { EngineOptions } from "./engine.ts";

/**
 * Sets one secret of a stack's configuration, encrypted. The value goes through standard input: the Automation API
 * would put it into the argument list.
 *
 * @param path e.g. `flotilla:secrets.API_KEY`
 * @throws {EngineError} with what the engine said
 */
export async function setStackSecret(
  stack: string,
  path: string,
  value: string,
  { projectDir, pulumiRoot, env }: EngineOptions,
): Promise<void> {
  const child = spawn(
    join(pulumiRoot, "bin", "pulumi"),
    ["config", "set", "--secret", "--path", path, "--stack", stack, "--non-interactive"],
    { cwd: projectDir, env: { ...process.env, ...env }, stdio: ["pipe", "ignore", "pipe"] },
  );
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (said += chunk));
  child.stdin.end(value);
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0)
    throw new EngineError(stack, [`setting ${path} failed: ${said.trim()}`], { cause: code });
}
