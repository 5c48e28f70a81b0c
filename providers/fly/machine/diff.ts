/** Pure: what the engine asks before it acts. No call is made here. */
import type { CheckFailure, DiffResult } from "../contract.ts";
import { canonical } from "../plain.ts";
import type { Properties } from "../plain.ts";
import { hasUnknown } from "../unknown.ts";
import { renderMachineConfig } from "./desired-config.ts";
import { machineInputsShape } from "./inputs.ts";
import { changedParts, fingerprint, normalConfig } from "./normal-form.ts";

const identity = ["app", "name", "region"];

export function checkMachine(
  _olds: Properties,
  news: Properties,
): { inputs: Properties; failures?: CheckFailure[] } {
  const { name } = news;
  // DNS resolves `<name>.host.kv._metadata.<app>.internal`, so the name must be a label.
  if (hasUnknown(name) || (typeof name === "string" && /^[a-z][a-z0-9-]{0,62}$/.test(name))) {
    return { inputs: news };
  }
  const reason = `${JSON.stringify(name)} is not a Machine name: at most 63 lower-case letters, digits and dashes.`;
  return { inputs: news, failures: [{ property: "name", reason }] };
}

/** Replaces for app, name and region only: everything else that needs a new Machine is done inside `update`. */
export function diffMachine(olds: Properties, news: Properties): DiffResult {
  const replaces = identity.filter((key) => olds[key] !== news[key] && !hasUnknown(news[key]));
  if (replaces.length > 0) return { changes: true, replaces, deleteBeforeReplace: true };
  return {
    changes: olds["settled"] === false || isOtherSpec(olds, news) || hasDrifted(olds, news),
  };
}

/** `secretsVersion` and `healthTimeoutSeconds` say how to write, not what: alone they change nothing. */
export function isOtherSpec(olds: Properties, news: Properties): boolean {
  const { secretsVersion: _version, healthTimeoutSeconds: _timeout, ...deciding } = news;
  if (hasUnknown(deciding)) return true;
  const before = machineInputsShape.safeParse(olds);
  // An unknown version can't be parsed as one, and doesn't matter.
  const after = machineInputsShape.safeParse({
    ...deciding,
    secretsVersion: 0,
    healthTimeoutSeconds: 0,
  });
  if (!before.success || !after.success) return true;
  const a = before.data;
  const b = after.data;
  if (a.appId !== b.appId || a.state !== b.state || a.config.image !== b.config.image) return true;
  return partsOf(a) !== partsOf(b);
}

function partsOf(inputs: Parameters<typeof renderMachineConfig>[0]): string {
  const config = renderMachineConfig(inputs);
  return canonical(fingerprint(normalConfig(config, Object.keys(config.metadata))));
}

/**
 * Live configuration is compared with what was live right after our last write, not with what we sent: whatever Fly
 * makes of it then is no drift.
 */
function hasDrifted(olds: Properties, news: Properties): boolean {
  const live = record(olds["live"]);
  if (live["state"] === undefined) return false;
  if (live["state"] !== news["state"] || live["cordoned"] !== (news["state"] === "stopped"))
    return true;
  return live["parts"] !== undefined && isOtherConfig(olds, record(live["parts"]));
}

/** Is the live configuration another than right after our last write? */
export function isOtherConfig(
  olds: Properties,
  liveParts: Readonly<Record<string, unknown>>,
): boolean {
  return changedParts(record(olds["applied"]), liveParts).length > 0;
}

function record(value: unknown): Properties {
  return typeof value === "object" && value !== null ? (value as Properties) : {};
}
