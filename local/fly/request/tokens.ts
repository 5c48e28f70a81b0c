/** Authenticates callers: the cloud's own token may do everything, a deploy token only what concerns its app. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import { sha256 } from "../../../lib/hash.ts";
import { FlyApiError } from "../wire/errors.ts";
import type { TokenRecord } from "../store/records.ts";
import type { FlyStore } from "../store/store.ts";

/** `app` is the only app that the caller may touch; undefined: every app. */
export interface Caller {
  readonly app: string | undefined;
}

/**
 * Returns the caller. The header may carry several tokens, joined by commas: one valid token is enough.
 *
 * @throws FlyApiError (401) in Fly's words
 */
export function authenticate(
  c: Context,
  token: string,
  scoped: { tokens: FlyStore["tokens"]; nowMs: number },
): Caller {
  const header = c.req.header("authorization") ?? "";
  const match = /^(?:Bearer|FlyV1)\s+(\S+)$/i.exec(header);
  if (header !== "" && match === null) throw new FlyApiError(401, "malformed authorization header");
  for (const given of (match?.[1] ?? "").split(",")) {
    if (sameText(given, token)) return { app: undefined };
    const record = scoped.tokens.get(sha256(given));
    if (record !== undefined && record.expires_at_ms > scoped.nowMs) return { app: record.app };
  }
  throw new FlyApiError(401, "Authenticate: token validation error");
}

/** @throws FlyApiError (403) for a call about another app than the token's */
export function assertScope(caller: Caller, app: string | undefined): void {
  if (caller.app === undefined || caller.app === app) return;
  throw new FlyApiError(403, "Authorize: token isn't allowed to do that");
}

/** Returns the text of a new token, which isn't kept. It begins as all local tokens do, so that it can't be taken for one of Fly's. */
export function makeDeployToken(
  tokens: FlyStore["tokens"],
  app: string,
  expiresAtMs: number,
): string {
  const text = `flotilla-local-deploy-${randomBytes(16).toString("hex")}`;
  const record: TokenRecord = { hash: sha256(text), app, expires_at_ms: expiresAtMs };
  tokens.put(record.hash, record);
  return text;
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
