/** The one middleware in front of both APIs: it applies the faults and records the calls. */
import type { ServerResponse } from "node:http";
import type { Context, MiddlewareHandler } from "hono";
import type { Api, Calls } from "../http/call-log.ts";
import type { FaultHit, Faults } from "./rules.ts";

/** Put it first: `app.use("*", intercept("fly", { faults, calls }))`. */
export function intercept(api: Api, ports: { faults: Faults; calls: Calls }): MiddlewareHandler {
  return async (c, next) => {
    const { method } = c.req;
    const { pathname: path, search: query } = new URL(c.req.url);
    const before = ports.faults.strike({ api, method, path, when: "before" });
    const early = before && (await apply(c, before));
    if (early !== undefined) {
      c.res = early;
    } else {
      await next();
      const after = ports.faults.strike({ api, method, path, when: "after" });
      const late = after && (await apply(c, after));
      if (late !== undefined) {
        c.res = undefined; // otherwise the lost answer's headers are merged in
        c.res = late;
      }
    }
    const status = c.res.headers.has(RESET) ? 0 : c.res.status;
    ports.calls.record({ api, method, path, query, status });
  };
}

/** Marks the answer of a connection that is gone; nobody receives it. */
export const RESET = "flotilla-local-reset";

/** The answer to give instead, or undefined when the call goes on. */
async function apply(c: Context, hit: FaultHit): Promise<Response | undefined> {
  const { action } = hit;
  if (action === "hold") {
    const { signal } = c.req.raw;
    await Promise.race([hit.removed, aborted(signal)]);
    // A client that went away while its request was held has never been heard.
    return signal.aborted ? reset(c) : undefined;
  }
  if (action === "reset") return reset(c);
  return Response.json(action.body, { status: action.status, headers: action.headers ?? {} });
}

function reset(c: Context): Response {
  (c.env as { outgoing?: ServerResponse } | undefined)?.outgoing?.destroy();
  return new Response(null, { status: 500, headers: { [RESET]: "1" } });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const gone = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => gone.resolve(), { once: true });
  return gone.promise;
}
