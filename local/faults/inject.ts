/** The middleware of both APIs that applies the rules which replace, lose or hold an answer. */
import type { Context, MiddlewareHandler } from "hono";
import type { ApiName } from "../http/call-log.ts";
import { resetConnection } from "../http/connection-reset.ts";
import type { FaultHit, Faults } from "./rules.ts";

/** Put it after `recordCalls`, so that the log shows the status that the client saw. */
export function injectFaults(api: ApiName, faults: Faults): MiddlewareHandler {
  return async (c, next) => {
    const { method, path } = c.req;
    const before = faults.strike({ api, method, path, when: "before" });
    const early = before && (await answerOf(c, before));
    if (early !== undefined) {
      c.res = early;
      return;
    }
    await next();
    const after = faults.strike({ api, method, path, when: "after" });
    const late = after && (await answerOf(c, after));
    if (late === undefined) return;
    c.res = undefined; // otherwise Hono merges the headers of the answer that is lost
    c.res = late;
  };
}

/** Returns the answer to give instead, or undefined when the call goes on. */
async function answerOf(c: Context, hit: FaultHit): Promise<Response | undefined> {
  const { action } = hit;
  if (action === "hold") {
    const { signal } = c.req.raw;
    await Promise.race([hit.removed, abortOf(signal)]);
    // The API never sees a request whose client went away while it was held.
    return signal.aborted ? resetConnection(c) : undefined;
  }
  if (action === "reset") return resetConnection(c);
  return Response.json(action.body, { status: action.status, headers: action.headers ?? {} });
}

/** Resolves when the signal aborts. */
function abortOf(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const aborted = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => aborted.resolve(), { once: true });
  return aborted.promise;
}
