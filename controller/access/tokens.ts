import { instantOf } from "../model/shapes.ts";
import { randomBytes } from "node:crypto";
import { sha256 } from "../../lib/hash.ts";
import type { Role, Token } from "../model/token.ts";

/** Every token starts with this, so that secret scanners find a leaked one. */
const PREFIX = "flotilla-";

/** Returns the secret, which is shown once, and the token as it is stored. `now` in milliseconds since 1970. */
export function createToken(
  name: string,
  role: Role,
  now: number,
): { readonly secret: string; readonly token: Token } {
  const secret = `${PREFIX}${role}-${randomBytes(32).toString("base64url")}`;
  const token: Token = {
    id: `t-${randomBytes(6).toString("hex")}`,
    name,
    role,
    hash: hashToken(secret),
    created_at: instantOf(now),
  };
  return { secret, token };
}

export function hashToken(secret: string): string {
  return sha256(secret);
}

/** Returns the secret in an `Authorization: Bearer` header, or undefined. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/-]{1,200}=*)$/i.exec(header ?? "")?.[1];
}
