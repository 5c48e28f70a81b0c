/** A `fetch` that calls an app in this process, without socket or port: for simulations that make thousands of calls. */
import type { Hono } from "hono";
import { isConnectionReset } from "./connection-reset.ts";

/** The returned function rejects as the global `fetch` does: with a TypeError for a reset connection, with the reason of an aborted signal. */
export function createDirectFetch(app: Hono): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(request.signal.reason as Error);
    request.signal.addEventListener("abort", abort, { once: true });
    try {
      const response = await Promise.race([app.fetch(request), aborted.promise]);
      if (!isConnectionReset(response)) return response;
      const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
      throw new TypeError("fetch failed", { cause });
    } finally {
      request.signal.removeEventListener("abort", abort);
    }
  };
}
