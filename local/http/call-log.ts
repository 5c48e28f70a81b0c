/** What the APIs of the local cloud were asked: the last calls, numbered. Bodies and headers are never kept. */

export type Api = "fly" | "cloudflare";

interface Call {
  /** Counts up from 1 over both APIs. */
  readonly seq: number;
  readonly api: Api;
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  readonly query: string;
  /** 0 when the connection was reset. */
  readonly status: number;
  /** RFC 3339, when the answer was ready. */
  readonly at: string;
}

export interface Calls {
  record(call: Omit<Call, "seq" | "at">): void;
  /** Calls with a number above `after`, oldest first. */
  list(after: number): readonly Call[];
}

const KEPT = 5_000;

/** @param now milliseconds since the epoch. */
export function createCalls(now: () => number = Date.now): Calls {
  const kept: Call[] = [];
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
