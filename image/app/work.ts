import type { Consumer, ConsumerMessages, JsMsg } from "@nats-io/jetstream";

import { parseJob } from "./job.ts";
import { ResultRefusedError } from "./results.ts";
import type { ResultStore } from "./results.ts";

export interface WorkOptions {
  readonly where: { readonly region: string; readonly host: string; readonly slot: string };
  readonly results: ResultStore;
  /** Aborted when the worker is to stop: the job in hand is finished first. */
  readonly stop: AbortSignal;
  readonly log: (text: string) => void;
  /** Waits, or returns at once when `stop` is aborted. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

/**
 * Works on jobs, one at a time, until `stop` is aborted. Throws when the stream or the consumer is gone.
 * One message at a time is pulled: the next pull goes out only when the job in hand is done, so that no job waits
 * behind another in a busy worker while an idle one could take it.
 */
export async function workOn(consumer: Consumer, options: WorkOptions): Promise<void> {
  const messages: ConsumerMessages = await consumer.consume({
    max_messages: 1,
    // Behind a leaf node nobody tells a client that the region's JetStream has restarted and forgotten its pull: only
    // missed heartbeats do, two of half this time each.
    expires: 5_000,
    abort_on_missing_resource: true,
  });
  function stopPulling(): void {
    messages.stop();
  }
  if (options.stop.aborted) stopPulling();
  else options.stop.addEventListener("abort", stopPulling);
  try {
    for await (const message of messages) {
      await handle(message, options);
      // Going on would send the next pull first, and a server with leaf nodes answers it even when nobody listens any
      // more: that job would be stuck until its ack wait is over.
      if (options.stop.aborted) break;
    }
  } finally {
    options.stop.removeEventListener("abort", stopPulling);
  }
}

/** One delivery: the job is acknowledged only after its result is written. */
async function handle(message: JsMsg, options: WorkOptions): Promise<void> {
  const { log, results, where } = options;
  const job = parseJob(message.subject, message.string());
  if (typeof job === "string") {
    log(`${message.subject} is dropped: ${job}`);
    message.term(job);
    return;
  }
  try {
    const outcome = await results.write({
      job: job.id,
      text: job.text,
      ...where,
      worked_at: new Date().toISOString(),
    });
    message.ack();
    log(outcome === "written" ? `job ${job.id} done` : `job ${job.id} was done before`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof ResultRefusedError) {
      log(`job ${job.id} is dropped: ${reason}`);
      message.term(reason);
      return;
    }
    const delayMs = retryDelay(message.info.deliveryCount);
    log(`job ${job.id} is put back for ${delayMs / 1_000} s: ${reason}`);
    message.nak(delayMs);
    // A PocketBase that is down is asked once a second, not once per waiting job.
    await options.pause(1_000);
  }
}

/** Milliseconds until the next delivery: 1 s, doubled with each one before, 30 s at most. */
export function retryDelay(deliveries: number): number {
  return Math.min(30_000, 1_000 * 2 ** Math.min(deliveries - 1, 5));
}
