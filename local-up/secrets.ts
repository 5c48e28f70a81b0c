/** Gives the local world a value for every secret that the spec names and `global` doesn't make. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createUser, fromSeed } from "@nats-io/nkeys";
import { parse } from "yaml";
import type { EngineOptions } from "../engine/engine.ts";
import { setStackSecret } from "../engine/stack-secret.ts";
import type { LocalWorld } from "./state-folder.ts";

/**
 * Sets what isn't set yet in the local configuration, encrypted, through the engine's standard input.
 *
 * @param names secrets that the operator must set
 * @returns the names that got a made-up value now
 */
export async function ensureLocalSecrets(
  world: LocalWorld,
  names: readonly string[],
  engine: EngineOptions,
): Promise<string[]> {
  const setSecret = (name: string, value: string): Promise<void> =>
    setStackSecret("global", `flotilla:secrets.${name}`, value, engine);
  const config = parse(await readFile(world.configFile, "utf8")) as {
    config?: { "flotilla:secrets"?: Record<string, unknown> };
  } | null;
  const set = new Set(Object.keys(config?.config?.["flotilla:secrets"] ?? {}));
  if (!set.has("NATS_OPERATOR_PUBLIC")) {
    await setSecret("NATS_OPERATOR_PUBLIC", await operatorPublicKey(world));
  }
  const missing = names.filter((name) => !set.has(name));
  for (const name of missing) {
    await setSecret(name, `local-${randomBytes(16).toString("base64url")}`);
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
