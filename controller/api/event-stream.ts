import { waitUntil } from "../../lib/clock.ts";
import type { Event } from "../model/event.ts";
import type { ApiPorts } from "./ports.ts";

const PAGE = 500;
/** Proxies close a silent connection. */
const HEARTBEAT_MS = 15_000;
const POLL_MS = 250;

/**
 * Streams events from the store. The stored log is the queue, so no event is lost while a client or the controller is away.
 * Without `Last-Event-ID` the stream begins with the next event.
 */
export async function streamEvents(
  { store, clock }: Pick<ApiPorts, "store" | "clock">,
  lastId: string | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const { first, last } = await store.eventRange();
  const asked = lastId === undefined || !/^\d{1,15}$/.test(lastId) ? undefined : Number(lastId);
  // The id is older than the stored events, or of another store: the client must read the whole status.
  const isLost = asked !== undefined && (asked > last || asked < first - 1);
  let after = asked === undefined || isLost ? last : asked;
  const ended = new AbortController();
  // A client that left before the stream began raises no event any more.
  if (signal.aborted) ended.abort();
  signal.addEventListener("abort", () => ended.abort(), { once: true });

  async function* lines(): AsyncGenerator<string, void> {
    yield `retry: 2000\n\n`;
    if (isLost) yield `event: reset\nid: ${last}\ndata: {}\n\n`;
    let silentSince = clock.now();
    while (!ended.signal.aborted) {
      const events = await store.events({ after, limit: PAGE });
      for (const event of events) yield formatEvent(event);
      after = events.at(-1)?.seq ?? after;
      const now = clock.now();
      if (events.length > 0) silentSince = now;
      else if (now - silentSince >= HEARTBEAT_MS) {
        yield ": heartbeat\n\n";
        silentSince = now;
      }
      if (events.length < PAGE) await waitUntil(clock, now + POLL_MS, ended.signal);
    }
  }

  const source = lines();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await source.next();
      if (next.done === true) controller.close();
      else controller.enqueue(new TextEncoder().encode(next.value));
    },
    async cancel() {
      ended.abort();
      await source.return(undefined);
    },
  });
  return new Response(body, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}

function formatEvent(event: Event): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
