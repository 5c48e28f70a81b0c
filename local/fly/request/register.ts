/** Registers routes with what every route does first: check the token, its scope and the rate limit. */
import type { Context, Hono } from "hono";
import type { FlyContext } from "./context.ts";
import { DEFAULT_LIMIT, type Limit } from "./limits.ts";
import { param } from "./read.ts";
import { assertScope, authenticate } from "./tokens.ts";

type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** `limit` names the action in Fly's sense and the path parameter by which it is counted. */
export type Register = (
  method: HttpMethod,
  path: string,
  limit: { action: string; by?: string; rate?: Limit },
  handler: (c: Context) => Response | Promise<Response>,
) => void;

/**
 * Each route checks the token itself, because Fly answers an unknown route before it looks at the token.
 *
 * @param beforeCall runs after those checks and before the handler; what it throws is the answer
 */
export function registerOn(
  app: Hono,
  context: FlyContext,
  beforeCall: (c: Context) => void,
): Register {
  return (method, path, { action, by, rate }, handler) => {
    app.on(method, path, (c) => {
      const { store, clock } = context;
      const caller = authenticate(c, context.token, { tokens: store.tokens, nowMs: clock.now() });
      if (!path.startsWith("/v1/tokens") && !path.startsWith("/v1/platform")) {
        assertScope(caller, c.req.param("app"));
      }
      const identifier = by === undefined ? "" : param(c, by);
      context.limits.take(action, identifier, rate ?? DEFAULT_LIMIT);
      beforeCall(c);
      return handler(c);
    });
  };
}
