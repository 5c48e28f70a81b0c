/** The last calls that the APIs of the local cloud received, numbered. Bodies and headers are never kept. */
import type { MiddlewareHandler } from "hono";
import { isConnectionReset } from "./connection-reset.ts";

export type ApiName = "fly" | "cloudflare";

interface LoggedCall {
  /** Counts up from 1 over both APIs. */
  readonly seq: number;
  readonly api: ApiName;
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  readonly query: string;
  /** 0 when the connection was reset. */
  readonly status: number;
  /** RFC 3339, when the answer was ready. */
  readonly at: string;
}

export interface CallLog {
  record(call: Omit<LoggedCall, "seq" | "at">): void;
  /** Returns the calls with a number above `after`, oldest first. */
  list(after: number): readonly LoggedCall[];
}

const KEPT = 5_000;

/** @param now milliseconds since 1970 */
export function createCallLog(now: () => number = Date.now): CallLog {
  const kept: LoggedCall[] = [];
  let seq = 0;
  return {
    record(call) {
      seq += 1;
      kept.push({ seq, ...call, at: new Date(now()).toISOString() });
      if (kept.length > KEPT) kept.splice(0, kept.length - KEPT);
    },
    list: (after) => kept.filter((call) => call.seq > after),
  };
}

/** Middleware that records each call with the status its client saw. Put it before every other middleware. */
export function recordCalls(api: ApiName, log: CallLog): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const { pathname: path, search: query } = new URL(c.req.url);
    const status = isConnectionReset(c.res) ? 0 : c.res.status;
    log.record({ api, method: c.req.method, path, query, status });
  };
}
