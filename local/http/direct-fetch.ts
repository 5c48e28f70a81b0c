/** `fetch` straight into the API in this process: no socket, no port. For simulations that make thousands of calls. */
import type { Hono } from "hono";
import { RESET } from "../faults/intercept.ts";

/** Rejects as the global `fetch` does: with a TypeError for a reset connection, with the reason of an aborted signal. */
export function createDirectFetch(app: Hono): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(request.signal.reason as Error);
    request.signal.addEventListener("abort", abort, { once: true });
    try {
      const response = await Promise.race([app.fetch(request), aborted.promise]);
      if (!response.headers.has(RESET)) return response;
      const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
      throw new TypeError("fetch failed", { cause });
    } finally {
      request.signal.removeEventListener("abort", abort);
    }
  };
}
