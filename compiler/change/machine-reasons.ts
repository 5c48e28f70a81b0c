/**
 * Why a Machine is updated: which parts of its configuration differ. The provider compares the same things
 * (`providers/fly/machine/diff.ts`); `healthTimeoutSeconds` and the secrets' version alone change nothing.
 */
import { isDeepStrictEqual } from "node:util";
import { TLS_SECRETS } from "../catalog/secrets.ts";
import type { HostDesired } from "../model/desired.ts";
import type { MachineFile } from "../model/machine-config.ts";
import type { Reason } from "./change.ts";
import type { FleetReach } from "./fleet.ts";
import { diffLines } from "./line-diff.ts";

/** Lines shown of a file that differs; the counts are of all. */
const SHOWN_LINES = 6;
const LINE_LENGTH = 120;

/** The certificate that `global` makes. */
const CERTIFICATE_SECRETS: readonly string[] = TLS_SECRETS;

/** Returns an empty list if the Machine stays as it is. */
export function machineReasons(
  before: HostDesired,
  after: HostDesired,
  reach: FleetReach,
): Reason[] {
  return [
    ...(before.state === after.state
      ? []
      : [{ part: "state", text: `${before.state} → ${after.state}` }]),
    ...imageReason(before, after),
    ...sizeReasons(before, after),
    ...envReasons(before, after),
    ...fileReasons(before.files, after.files),
    ...secretReasons(before, after, reach),
    ...volumeReasons(before, after),
    ...otherParts(before, after),
  ];
}

function imageReason(before: HostDesired, after: HostDesired): Reason[] {
  const [from, to] = [before.config.image, after.config.image];
  return from === to ? [] : [{ part: "image", text: `${shortImage(from)} → ${shortImage(to)}` }];
}

/** Shortens a digest to its first 12 digits. */
function shortImage(image: string): string {
  return image.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, "$1");
}

function sizeReasons(before: HostDesired, after: HostDesired): Reason[] {
  const [a, b] = [before.config.guest, after.config.guest];
  const changes = [
    ...(a.cpu_kind === b.cpu_kind && a.cpus === b.cpus
      ? []
      : [`CPU ${a.cpus} ${a.cpu_kind} → ${b.cpus} ${b.cpu_kind}`]),
    ...(a.memory_mb === b.memory_mb ? [] : [`memory ${a.memory_mb} MB → ${b.memory_mb} MB`]),
  ];
  return changes.map((text) => ({ part: "size", text }));
}

function envReasons(before: HostDesired, after: HostDesired): Reason[] {
  const [a, b] = [before.config.env, after.config.env];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .toSorted()
    .filter((name) => a[name] !== b[name])
    .map((name) => ({
      part: name.startsWith("ACTIVE_") ? "active" : "env",
      text: `${name} ${a[name] ?? "(unset)"} → ${b[name] ?? "(unset)"}`,
    }));
}

function fileReasons(before: readonly MachineFile[], after: readonly MachineFile[]): Reason[] {
  const a = new Map(before.map((file) => [file.path, file]));
  const b = new Map(after.map((file) => [file.path, file]));
  return [...new Set([...a.keys(), ...b.keys()])].toSorted().flatMap((path) => {
    const [from, to] = [a.get(path), b.get(path)];
    if (isDeepStrictEqual(from, to)) return [];
    if (from === undefined) return [{ part: "file", text: `${path}: new` }];
    if (to === undefined) return [{ part: "file", text: `${path}: gone` }];
    if (!("text" in from) || !("text" in to))
      return [{ part: "file", text: `${path}: comes from another secret or has another mode` }];
    return [textReason(path, from.text, to.text)];
  });
}

function textReason(path: string, before: string, after: string): Reason {
  const { added, removed } = diffLines(before, after);
  if (added.length + removed.length === 0)
    return { part: "file", text: `${path}: the same lines in another order` };
  return {
    part: "file",
    text: `${path}: +${added.length} −${removed.length} lines`,
    lines: excerpt(removed, added),
  };
}

/** Slots repeat their lines, so each line is shown once. Removed and added lines share the room. */
function excerpt(removed: readonly string[], added: readonly string[]): string[] {
  const gone = distinct("-", removed);
  const come = distinct("+", added);
  const half = SHOWN_LINES / 2;
  return [
    ...gone.slice(0, Math.max(half, SHOWN_LINES - come.length)),
    ...come.slice(0, Math.max(half, SHOWN_LINES - gone.length)),
  ];
}

function distinct(sign: "-" | "+", lines: readonly string[]): string[] {
  return [...new Set(lines.map((line) => line.trim()))]
    .filter((line) => line !== "")
    .map((line) => `${sign} ${line}`)
    .map((line) => (line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH - 1)}…` : line));
}

/** A host reboots when it starts or stops reading a secret, and when a secret it reads gets a new value. */
function secretReasons(before: HostDesired, after: HostDesired, reach: FleetReach): Reason[] {
  const added = after.secrets.filter((name) => !before.secrets.includes(name));
  const removed = before.secrets.filter((name) => !after.secrets.includes(name));
  const renewed = after.secrets.filter(
    (name) => before.secrets.includes(name) && reach.renewedSecrets.has(name),
  );
  const certificate = renewed.filter((name) => CERTIFICATE_SECRETS.includes(name));
  const others = renewed.filter((name) => !CERTIFICATE_SECRETS.includes(name));
  return [
    ...(added.length === 0 ? [] : [{ part: "secrets", text: `also reads ${added.join(", ")}` }]),
    ...(removed.length === 0
      ? []
      : [{ part: "secrets", text: `reads ${removed.join(", ")} no more` }]),
    ...(certificate.length === 0
      ? []
      : [{ part: "certificate", text: "another certificate and key" }]),
    ...(others.length === 0
      ? []
      : [{ part: "secrets", text: `new values of ${others.join(", ")}` }]),
  ];
}

function volumeReasons(before: HostDesired, after: HostDesired): Reason[] {
  if (before.volume === undefined && after.volume !== undefined)
    return [{ part: "volume", text: `gets volume ${after.volume.name}` }];
  if (before.volume !== undefined && after.volume === undefined)
    return [{ part: "volume", text: `loses volume ${before.volume.name}, which is kept` }];
  return [];
}

/** Parts of Fly's configuration that have no sentence of their own. */
function otherParts(before: HostDesired, after: HostDesired): Reason[] {
  const described = ["image", "guest", "env"];
  const a: Readonly<Record<string, unknown>> = { ...before.config };
  const b: Readonly<Record<string, unknown>> = { ...after.config };
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((part) => !described.includes(part) && !isDeepStrictEqual(a[part], b[part]))
    .toSorted()
    .map((part) => ({ part, text: describePart(part, a[part], b[part]) }));
}

const PART_WORDS: Readonly<Record<string, string>> = {
  checks: "health checks",
  metadata: "metadata",
  metrics: "metrics",
  restart: "restart policy",
  services: "services of the proxy",
  stop_config: "stop signal and timeout",
};

function describePart(part: string, before: unknown, after: unknown): string {
  const words = PART_WORDS[part] ?? part;
  const [from, to] = [JSON.stringify(before) ?? "unset", JSON.stringify(after) ?? "unset"];
  const isShort = from.length + to.length <= LINE_LENGTH;
  return isShort ? `${words} ${from} → ${to}` : words;
}
