/** Who calls: the cloud's own token may do everything, a deploy token what concerns its app. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import { sha256 } from "../../../lib/hash.ts";
import { FlyApiError } from "../wire/errors.ts";
import type { TokenRecord } from "../store/records.ts";
import type { FlyStore } from "../store/store.ts";

/** `app` is the only one that the caller may touch; all when undefined. */
export interface Caller {
  readonly app: string | undefined;
}

/** Throws a FlyApiError (401) in Fly's words. Several macaroons, joined by commas, are as good as one. */
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

/** Throws a FlyApiError (403) for a call that isn't about the token's own app. */
export function assertScope(caller: Caller, app: string | undefined): void {
  if (caller.app === undefined || caller.app === app) return;
  throw new FlyApiError(403, "Authorize: token isn't allowed to do that");
}

/** Its text is told once. It begins as all local tokens do, so that it is never taken for one of Fly's. */
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
