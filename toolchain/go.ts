import { execa } from "execa";
import type { Environment } from "./cache.ts";
import { ToolchainError } from "./error.ts";
import { programsOnPath } from "./path-search.ts";
import { findVersion, isAtLeast } from "./version.ts";

const oldestGo = "1.26";

/**
 * Returns the path of a Go that can build the tools in `needed`.
 *
 * @throws {ToolchainError} with exit code 2 when Go is missing or too old, naming what it is needed for
 */
export async function findGo(env: Environment, needed: readonly string[]): Promise<string> {
  const what = needed.join(", ");
  const fix = `install Go ${oldestGo} or newer from https://go.dev/dl and put it on PATH`;
  const go = (await programsOnPath("go", env))[0];
  if (go === undefined) {
    throw new ToolchainError(`Go isn't on PATH, and ${what} must be built with it: ${fix}.`, 2);
  }
  // GOTOOLCHAIN=local: the installed version, not one that Go would download.
  const answer = await execa(go.path, ["env", "GOVERSION"], {
    reject: false,
    extendEnv: false,
    env: { ...env, GOTOOLCHAIN: "local" },
  });
  const version = /go(\d+\.\d+(?:\.\d+)?)/.exec(answer.stdout)?.[1] ?? findVersion(answer.stdout);
  if (answer.failed || version === undefined) {
    throw new ToolchainError(
      `${go.path} doesn't print its version (${answer.shortMessage ?? answer.stdout}), and ${what} must be built with Go: ${fix}.`,
      2,
    );
  }
  if (!isAtLeast(version, oldestGo)) {
    throw new ToolchainError(`${go.path} is Go ${version}, too old to build ${what}: ${fix}.`, 2);
  }
  return go.path;
}
