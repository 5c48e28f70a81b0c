/** Ids in Fly's forms, from the system's randomness and never from a seed: a restarted cloud must not repeat an id. */
import { randomBytes, randomInt } from "node:crypto";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Returns 14 hex digits. */
export function machineId(): string {
  return randomBytes(7).toString("hex");
}

/** Returns 26 characters that sort by time: ids of instances, events and requests. */
export function ulid(nowMs: number): string {
  let time = "";
  for (let rest = nowMs, digit = 0; digit < 10; digit += 1) {
    time = (CROCKFORD[rest % 32] ?? "0") + time;
    rest = Math.floor(rest / 32);
  }
  return time + Array.from({ length: 16 }, () => CROCKFORD[randomInt(32)]).join("");
}

/** Returns when a ULID was made, in milliseconds since 1970. */
export function ulidTimeMs(id: string): number {
  let time = 0;
  for (const digit of id.slice(0, 10)) time = time * 32 + CROCKFORD.indexOf(digit);
  return time;
}

/** Returns the prefix and `length` lower case letters and digits, as in `vol_…` and `vs_…`. */
export function prefixedId(prefix: string, length = 16): string {
  const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
  return prefix + Array.from({ length }, () => alphabet[randomInt(36)]).join("");
}
