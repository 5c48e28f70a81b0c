import { createHash } from "node:crypto";

/** Returns the SHA-256 of `text` as 64 lower-case hex digits. Cut it with `.slice(0, n)` where a short id will do. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
