/** Ids in Fly's forms. From the system's randomness, never from a seed: a restarted cloud must not repeat itself. */
import { randomBytes, randomInt } from "node:crypto";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** 14 hex digits. */
export function machineId(): string {
  return randomBytes(7).toString("hex");
}

/** 26 characters, sortable by time: instance ids, event ids, request ids. */
export function ulid(nowMs: number): string {
  let time = "";
  for (let rest = nowMs, digit = 0; digit < 10; digit += 1) {
    time = (CROCKFORD[rest % 32] ?? "0") + time;
    rest = Math.floor(rest / 32);
  }
  return time + Array.from({ length: 16 }, () => CROCKFORD[randomInt(32)]).join("");
}

/** Milliseconds since the epoch that a ULID was made at. */
export function ulidTimeMs(id: string): number {
  let time = 0;
  for (const digit of id.slice(0, 10)) time = time * 32 + CROCKFORD.indexOf(digit);
  return time;
}

/** `vol_…` and `vs_…`, and the tails of other ids: lower case letters and digits. */
export function prefixedId(prefix: string, length = 16): string {
  const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
  return prefix + Array.from({ length }, () => alphabet[randomInt(36)]).join("");
}
