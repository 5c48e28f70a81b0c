import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createUser, fromSeed } from "@nats-io/nkeys";
import { parse } from "yaml";
import type { EngineOptions } from "../engine/engine.ts";
import { setStackSecret } from "../engine/stack-secret.ts";
import type { StateFolder } from "./state-folder.ts";

/** Public key of the NATS user `operator`: the one secret that is set for the person at this machine. */
const OPERATOR_PUBLIC = "NATS_OPERATOR_PUBLIC";

/**
 * Gives every secret that is not set yet a generated value, encrypted in the local configuration. Values reach the
 * engine through its standard input.
 *
 * @param names secrets that the spec names and stack `global` doesn't make
 * @returns the names that got a generated value in this call
 */
export async function ensureSecrets(
  folder: StateFolder,
  names: readonly string[],
  engine: EngineOptions,
): Promise<string[]> {
  const set = await namesOfSetSecrets(folder);
  const setSecret = (name: string, value: string): Promise<void> =>
    setStackSecret("global", `flotilla:secrets.${name}`, value, engine);
  if (!set.has(OPERATOR_PUBLIC)) await setSecret(OPERATOR_PUBLIC, await operatorPublicKey(folder));
  const missing = names.filter((name) => !set.has(name));
  for (const name of missing)
    await setSecret(name, `local-${randomBytes(16).toString("base64url")}`);
  return missing;
}

async function namesOfSetSecrets({ configFile }: StateFolder): Promise<ReadonlySet<string>> {
  const document = parse(await readFile(configFile, "utf8")) as {
    config?: { "flotilla:secrets"?: Record<string, unknown> };
  } | null;
  return new Set(Object.keys(document?.config?.["flotilla:secrets"] ?? {}));
}

/** Makes the operator's key pair once. The seed stays on this machine: the cloud gets the public key only. */
async function operatorPublicKey({ operatorSeedFile }: StateFolder): Promise<string> {
  if (existsSync(operatorSeedFile))
    return fromSeed(await readFile(operatorSeedFile)).getPublicKey();
  const pair = createUser();
  const seed = new TextDecoder().decode(pair.getSeed());
  await writeFile(operatorSeedFile, seed, { mode: 0o600 });
  return pair.getPublicKey();
}
