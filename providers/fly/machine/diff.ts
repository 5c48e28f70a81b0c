/** Check and diff of a Machine, which the engine calls before it acts. Pure: no call to Fly. */
import type { CheckResult, DiffResult, Properties } from "../../dynamic/resource-methods.ts";
import { canonicalJson } from "../../../lib/canonical-json.ts";
import { hasUnknown } from "../../dynamic/pulumi-unknown.ts";
import { renderMachineConfig } from "./desired-config.ts";
import { desiredActive, isSameActive } from "./slot-activation.ts";
import { isSameImage } from "./image-reference.ts";
import { machineInputsShape } from "./machine-inputs.ts";
import type { MachineInputs } from "./machine-inputs.ts";
import { changedParts, fingerprint, normalConfig } from "./normal-form.ts";

const identity = ["app", "name", "region"];

export function checkMachine(_olds: Properties, news: Properties): CheckResult {
  const { name } = news;
  // DNS resolves `<name>.host.kv._metadata.<app>.internal`, so the name must be a DNS label.
  if (hasUnknown(name) || (typeof name === "string" && /^[a-z][a-z0-9-]{0,62}$/.test(name))) {
    return { inputs: news };
  }
  const reason = `${JSON.stringify(name)} is not a Machine name: at most 63 lower-case letters, digits and dashes.`;
  return { inputs: news, failures: [{ property: "name", reason }] };
}

/** Asks for a replacement only if app, name or region change: `update` handles everything else that needs a new Machine. */
export function diffMachine(olds: Properties, news: Properties): DiffResult {
  const replaces = identity.filter((key) => olds[key] !== news[key] && !hasUnknown(news[key]));
  if (replaces.length > 0) return { changes: true, replaces, deleteBeforeReplace: true };
  return {
    changes:
      olds["settled"] === false ||
      isOtherSpec(olds, news) ||
      hasDrifted(olds, news) ||
      areOtherSlots(olds, news),
  };
}

/** Says whether the inputs ask for another Machine. Inputs that say how to roll out don't count, nor do active slots. */
export function isOtherSpec(olds: Properties, news: Properties): boolean {
  if (hasUnknown(deciding(news))) return true;
  const before = machineInputsShape.safeParse(olds);
  const after = parseDeciding(news);
  if (!before.success || after === undefined) return true;
  const a = before.data;
  if (a.appId !== after.appId || a.state !== after.state || a.config.image !== after.config.image)
    return true;
  return partsOf(a) !== partsOf(after);
}

function deciding(news: Properties): Properties {
  const {
    secretsVersion: _version,
    healthTimeoutSeconds: _timeout,
    maxUnavailable: _unavailable,
    minHealthySeconds: _healthy,
    adopt: _adopt,
    ...rest
  } = news;
  return rest;
}

/** Parses with constants for inputs that don't decide and may be unknown. */
function parseDeciding(news: Properties): MachineInputs | undefined {
  const how = { secretsVersion: 0, healthTimeoutSeconds: 0 };
  return machineInputsShape.safeParse({ ...deciding(news), ...how }).data;
}

/** Compares the slots that are on, if known. A stopped host reads its slots from its environment when it starts. */
function areOtherSlots(olds: Properties, news: Properties): boolean {
  const after = parseDeciding(news);
  if (after?.state !== "started") return false;
  const live = record(olds["live"])["active"];
  const wanted = desiredActive(after);
  if (live !== undefined) return !isSameActive(live, wanted);
  const before = machineInputsShape.safeParse(olds).data;
  // A state of an older version doesn't record what is on: then it is what its inputs asked for.
  return before !== undefined && isLegacy(olds) && !isSameActive(desiredActive(before), wanted);
}

function isLegacy(olds: Properties): boolean {
  return "env" in record(olds["applied"]);
}

function partsOf(inputs: Parameters<typeof renderMachineConfig>[0]): string {
  const config = renderMachineConfig(inputs);
  return canonicalJson(fingerprint(normalConfig(config, Object.keys(config.metadata))));
}

/**
 * Compares the live configuration with the one that was live right after our last write, not with the one we sent, so
 * that Fly's spelling of it isn't drift.
 */
function hasDrifted(olds: Properties, news: Properties): boolean {
  const live = record(olds["live"]);
  if (live["duplicates"] !== undefined) return true;
  if (live["state"] === undefined) return false;
  if (live["state"] !== news["state"] || live["cordoned"] !== (news["state"] === "stopped"))
    return true;
  return live["parts"] !== undefined && isOtherConfig(olds, record(live["parts"]));
}

/** Says whether the live configuration differs from the one right after our last write. */
export function isOtherConfig(
  olds: Properties,
  liveParts: Readonly<Record<string, unknown>>,
): boolean {
  const { image: appliedImage, ...applied } = record(olds["applied"]);
  // A state holds the hash of the environment in one of two forms, the older one in `env`.
  const { image, env, environment, ...others } = liveParts;
  const comparable = isLegacy(olds) ? { ...others, env } : { ...others, environment };
  return isOtherImage(appliedImage, image) || changedParts(applied, comparable).length > 0;
}

/** A tag, and a digest with that tag, name the same image. */
function isOtherImage(a: unknown, b: unknown): boolean {
  if (typeof a !== "string" || typeof b !== "string") return a !== b;
  return !isSameImage(a, b) && !isSameImage(b, a);
}

function record(value: unknown): Properties {
  return typeof value === "object" && value !== null ? (value as Properties) : {};
}
