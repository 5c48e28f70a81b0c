import { execa } from "execa";
import { programsOnPath } from "./path-search.ts";
import type { Environment } from "./cache.ts";
import { recipes } from "./recipe.ts";
import type { ToolName } from "./recipe.ts";
import { findVersion } from "./version.ts";

/**
 * Returns the version that a program prints. Builds of Caddy and PocketBase by `go install` print none: then it is the
 * module version that Go recorded in the file, if Go is on PATH. Undefined: unknown.
 */
export async function probeVersion(
  name: Exclude<ToolName, "pulumi-language-nodejs">,
  path: string,
  env: Environment,
): Promise<string | undefined> {
  const options = {
    reject: false,
    timeout: 10_000,
    stdin: "ignore",
    env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    extendEnv: false,
  } as const;
  const answer = await execa(path, recipes[name].versionArguments, options);
  const version = answer.failed ? undefined : findVersion(answer.stdout);
  if (version !== undefined) return version;
  const go = (await programsOnPath("go", env))[0];
  if (go === undefined) return undefined;
  const recorded = await execa(go.path, ["version", "-m", path], options);
  return recorded.failed ? undefined : recordedVersion(recorded.stdout, recipes[name].package);
}

/** Returns the version of the module that holds `goPackage`, from the output of `go version -m`. */
export function recordedVersion(text: string, goPackage: string): string | undefined {
  for (const line of text.split("\n")) {
    const [, kind, module, version] = line.split("\t");
    if ((kind !== "mod" && kind !== "dep") || module === undefined || version === undefined)
      continue;
    if (goPackage === module || goPackage.startsWith(`${module}/`)) return findVersion(version);
  }
  return undefined;
}
