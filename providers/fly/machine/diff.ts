/** Pure: what the engine asks before it acts. No call is made here. */
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
    changes:
      olds["settled"] === false ||
      isOtherSpec(olds, news) ||
      hasDrifted(olds, news) ||
      areOtherSlots(olds, news),
  };
}

/** Those that say how to write, not what, change nothing alone. Which slots are on is not looked at here. */
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

/** An unknown version can't be parsed as one, and doesn't matter. */
function parseDeciding(news: Properties): MachineInputs | undefined {
  const how = { secretsVersion: 0, healthTimeoutSeconds: 0 };
  return machineInputsShape.safeParse({ ...deciding(news), ...how }).data;
}

/** What is on counts, where that is known; a stopped host takes its slots from its environment when it starts. */
function areOtherSlots(olds: Properties, news: Properties): boolean {
  const after = parseDeciding(news);
  if (after?.state !== "started") return false;
  const live = record(olds["live"])["active"];
  const wanted = desiredActive(after);
  if (live !== undefined) return !isSameActive(live, wanted);
  const before = machineInputsShape.safeParse(olds).data;
  // State of an older version says nothing of what is on: then it is what was asked for.
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
 * Live configuration is compared with what was live right after our last write, not with what we sent: whatever Fly
 * makes of it then is no drift.
 */
function hasDrifted(olds: Properties, news: Properties): boolean {
  const live = record(olds["live"]);
  if (live["duplicates"] !== undefined) return true;
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
  const { image: appliedImage, ...applied } = record(olds["applied"]);
  // Of the environment, older state knows the one form and newer state the other.
  const { image, env, environment, ...others } = liveParts;
  const comparable = isLegacy(olds) ? { ...others, env } : { ...others, environment };
  return isOtherImage(appliedImage, image) || changedParts(applied, comparable).length > 0;
}

/** A tag and a digest with that tag are one image, whichever was there before. */
function isOtherImage(a: unknown, b: unknown): boolean {
  if (typeof a !== "string" || typeof b !== "string") return a !== b;
  return !isSameImage(a, b) && !isSameImage(b, a);
}

function record(value: unknown): Properties {
  return typeof value === "object" && value !== null ? (value as Properties) : {};
}
