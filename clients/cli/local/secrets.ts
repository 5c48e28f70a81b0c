/** Gives the local world a value for every secret that the spec names and `global` doesn't make. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createUser, fromSeed } from "@nats-io/nkeys";
import { execa } from "execa";
import { parse } from "yaml";
import { RemoteError } from "../failure.ts";
import { projectDir } from "../project.ts";
import type { LocalWorld } from "./world.ts";

/**
 * Sets what isn't set yet in the local configuration, encrypted, through the engine's standard input.
 *
 * @param names secrets that the operator must set
 * @returns the names that got a made-up value now
 */
export async function ensureLocalSecrets(
  world: LocalWorld,
  names: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string[]> {
  const config = parse(await readFile(world.configFile, "utf8")) as {
    config?: { "flotilla:secrets"?: Record<string, unknown> };
  } | null;
  const set = new Set(Object.keys(config?.config?.["flotilla:secrets"] ?? {}));
  if (!set.has("NATS_OPERATOR_PUBLIC")) {
    await setSecret("NATS_OPERATOR_PUBLIC", await operatorPublicKey(world), env);
  }
  const missing = names.filter((name) => !set.has(name));
  for (const name of missing) {
    await setSecret(name, `local-${randomBytes(16).toString("base64url")}`, env);
  }
  return missing;
}

/** The operator's key is made here and stays here: the cloud learns its public half only. */
async function operatorPublicKey(world: LocalWorld): Promise<string> {
  const pair = createUser();
  if (!existsSync(world.operatorSeedFile)) {
    const seed = new TextDecoder().decode(pair.getSeed());
    await writeFile(world.operatorSeedFile, seed, { mode: 0o600 });
    return pair.getPublicKey();
  }
  return fromSeed(await readFile(world.operatorSeedFile)).getPublicKey();
}

async function setSecret(
  name: string,
  value: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const result = await execa(
    "pulumi",
    ["config", "set", "--secret", "--path", `flotilla:secrets.${name}`, "--stack", "global"],
    { cwd: projectDir, env, input: value, reject: false },
  );
  if (result.failed) {
    throw new RemoteError(`setting ${name} in the local configuration failed: ${result.stderr}`);
  }
}
