/**
 * The app's secrets as one set. Values can't be read back. A value counts as set if the state shows that this resource
 * wrote the same value before, and Fly still reports the digest that it answered then.
 */
import { z } from "zod";

import { appPath } from "./api/client.ts";
import type { Fly } from "./api/client.ts";
import type { CheckResult, DiffResult, Properties } from "../dynamic/resource-methods.ts";
import { isAmbiguous, isNotFound } from "./api/errors.ts";
import { parseInputs } from "../dynamic/resource-inputs.ts";
import { PartialError } from "../dynamic/partial-error.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { toPlainJson } from "../dynamic/json.ts";
import { hasUnknown, isUnknown } from "../dynamic/pulumi-unknown.ts";
import { secretListWire, secretsWrittenWire } from "./api/wire.ts";

const values = z.record(z.string(), z.string());
const inputsShape = z.looseObject({ app: z.string(), values });
/** Outputs in a state, of which any part may be missing after an interrupted run. */
const stateShape = z.looseObject({
  values: values.catch({}),
  digests: values.catch({}),
  version: z.number().optional().catch(undefined),
});

type Digests = Readonly<Record<string, string>>;

export function checkAppSecrets(_olds: Properties, news: Properties): CheckResult {
  if (isUnknown(news["values"])) return { inputs: news };
  const wrong = Object.keys(news["values"] ?? {}).find((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (wrong === undefined) return { inputs: news };
  const reason = `${JSON.stringify(wrong)} is not a secret's name: letters, digits and \`_\`.`;
  return { inputs: news, failures: [{ property: "values", reason }] };
}

export function diffAppSecrets(olds: Properties, news: Properties): DiffResult {
  if (olds["app"] !== news["app"] && !hasUnknown(news["app"]))
    return { changes: true, replaces: ["app"] };
  if (hasUnknown(news["values"])) return { changes: true };
  const state = stateShape.parse(olds);
  return {
    changes:
      olds["app"] !== news["app"] ||
      olds["appId"] !== news["appId"] ||
      canonicalJson(state.values) !== canonicalJson(news["values"]) ||
      hasDrifted(olds, Object.keys(state.values)),
  };
}

/**
 * Sets the values that aren't set yet and unsets the names that were removed. Names that this resource never wrote stay
 * untouched. Outs: the inputs, `version` and `digests`. The call can be repeated safely, so an ambiguous one is.
 */
export async function convergeAppSecrets(
  fly: Fly,
  raw: Properties,
  olds: Properties,
): Promise<{ id: string; outs: Properties }> {
  const inputs = parseInputs("AppSecrets", inputsShape, raw);
  const state = stateShape.parse(olds);
  const id = `${inputs.app}/secrets`;
  const live = await observeDigests(fly, inputs.app);
  const changes: Record<string, string | null> = {};
  for (const [name, value] of Object.entries(inputs.values)) {
    const isInPlace =
      state.values[name] === value &&
      live[name] !== undefined &&
      live[name] === state.digests[name];
    if (!isInPlace) changes[name] = value;
  }
  for (const name of Object.keys(state.values)) {
    if (inputs.values[name] === undefined && live[name] !== undefined) changes[name] = null;
  }
  if (Object.keys(changes).length === 0) {
    return { id, outs: outsOf(raw, state.version ?? 0, live, inputs.values) };
  }
  // Names that may still be set stay in the state until they are known to be unset.
  const remembered = { ...raw, values: { ...state.values, ...inputs.values } };
  const written = await writeSecrets(fly, inputs.app, changes).catch((error: unknown) => {
    throw isAmbiguous(error) ? new PartialError(id, remembered, { digests: {} }, error) : error;
  });
  try {
    const digests = await observeDigests(fly, inputs.app, written);
    return { id, outs: outsOf(raw, written, digests, inputs.values) };
  } catch (error) {
    throw new PartialError(id, remembered, { version: written, digests: {} }, error);
  }
}

/** Keeps `digests` as they were written and stores the live ones in `live`, so that a difference shows as drift. */
export async function readAppSecrets(
  fly: Fly,
  id: string,
  raw: Properties,
): Promise<{ id?: string; props?: Properties }> {
  const { app, values: ours } = parseInputs("AppSecrets", inputsShape, raw);
  try {
    const live = await observeDigests(fly, app);
    return { id, props: toPlainJson({ ...raw, live: pick(live, Object.keys(ours)) }) };
  } catch (error) {
    // Without the app there are no secrets, and setting them again is safe.
    if (isNotFound(error)) return {};
    throw error;
  }
}

/** Unsets the names that this resource wrote, and no others. */
export async function deleteAppSecrets(fly: Fly, raw: Properties): Promise<void> {
  const { app, values: ours } = parseInputs("AppSecrets", inputsShape, raw);
  try {
    const live = await observeDigests(fly, app);
    const names = Object.keys(ours).filter((name) => live[name] !== undefined);
    if (names.length > 0)
      await writeSecrets(fly, app, Object.fromEntries(names.map((name) => [name, null])));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function hasDrifted(olds: Properties, names: readonly string[]): boolean {
  const digests = stateShape.parse(olds).digests;
  // After an interrupted run it is unknown what was written.
  if (names.some((name) => digests[name] === undefined)) return true;
  const live = values.safeParse(olds["live"]).data;
  if (live === undefined) return false;
  return names.some((name) => live[name] !== digests[name]);
}

function outsOf(raw: Properties, version: number, live: Digests, ours: Digests): Properties {
  const digests = pick(live, Object.keys(ours));
  return toPlainJson({ ...raw, version, digests, live: digests });
}

function pick(digests: Digests, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names.toSorted())
    if (digests[name] !== undefined) picked[name] = digests[name];
  return picked;
}

async function observeDigests(fly: Fly, app: string, minVersion?: number): Promise<Digests> {
  const answer = await fly.call({
    what: `list the secrets of app ${app}`,
    method: "GET",
    path: appPath(app, "secrets"),
    query: { min_version: minVersion },
    response: secretListWire,
  });
  return Object.fromEntries(
    (answer.secrets ?? []).map((secret) => [secret.name, secret.digest ?? ""]),
  );
}

/** Sets or unsets (null) the named secrets. Returns the new version of the set. */
async function writeSecrets(
  fly: Fly,
  app: string,
  changes: Readonly<Record<string, string | null>>,
): Promise<number> {
  const answer = await fly.call({
    what: `set the secrets ${Object.keys(changes).toSorted().join(", ")} of app ${app}`,
    method: "POST",
    path: appPath(app, "secrets"),
    json: { values: changes },
    response: secretsWrittenWire,
    repeatable: true,
  });
  return answer.version ?? answer.Version ?? 0;
}
