import { instantOf } from "../model/shapes.ts";
import { createHash, randomBytes } from "node:crypto";
import type { Role, Token } from "../model/token.ts";

/** Every token starts with this, so that a leaked one is found by scanners. */
const PREFIX = "flotilla-";

/** @returns what is shown once, and what is kept */
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
  return createHash("sha256").update(secret).digest("hex");
}

/** The token of an `Authorization` header, or undefined. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/-]{1,200}=*)$/i.exec(header ?? "")?.[1];
}
