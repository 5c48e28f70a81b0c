import type { Consumer, ConsumerMessages, JsMsg } from "@nats-io/jetstream";

import { parseJob } from "./job.ts";
import { messageOf } from "./message-of.ts";
import { ResultRefusedError } from "./results.ts";
import type { ResultStore } from "./results.ts";

export interface WorkOptions {
  readonly where: { readonly region: string; readonly host: string; readonly slot: string };
  readonly results: ResultStore;
  /** Aborted when the worker must stop. It finishes its current job first. */
  readonly stop: AbortSignal;
  readonly log: (text: string) => void;
  /** Resolves after `milliseconds`, or as soon as `stop` is aborted. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

/**
 * Consumes jobs, one at a time, until `stop` is aborted. It pulls one message at a time, the next when the current job
 * is done, so that no job waits in a busy worker while another worker is idle.
 *
 * @throws when the stream or the consumer has been deleted
 */
export async function consumeJobs(consumer: Consumer, options: WorkOptions): Promise<void> {
  const messages: ConsumerMessages = await consumer.consume({
    max_messages: 1,
    // Behind a leaf node, a client isn't notified when the region's JetStream restarts and loses its pull. It notices
    // after two missed heartbeats, each half this time.
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
      // The loop would send the next pull before it ends, and a server with leaf nodes answers it although no client
      // listens any more: that job would be stuck until its ack wait ends.
      if (options.stop.aborted) break;
    }
  } finally {
    options.stop.removeEventListener("abort", stopPulling);
  }
}

/** Handles one delivery. The job is acknowledged only after its result is written. */
async function handle(message: JsMsg, options: WorkOptions): Promise<void> {
  const { log, results, where } = options;
  const job = parseJob(message.subject, message.string());
  if (typeof job === "string") {
    log(`message ${message.subject} rejected: ${job}`);
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
    log(
      outcome === "written"
        ? `job ${job.id} done`
        : `job ${job.id} already done by an earlier delivery`,
    );
  } catch (error) {
    const reason = messageOf(error);
    if (error instanceof ResultRefusedError) {
      log(`job ${job.id} rejected: ${reason}`);
      message.term(reason);
      return;
    }
    const delayMs = retryDelay(message.info.deliveryCount);
    log(`job ${job.id} failed, retry in ${delayMs / 1_000} s: ${reason}`);
    message.nak(delayMs);
    // A PocketBase that is down gets one request a second, not one per waiting job.
    await options.pause(1_000);
  }
}

/** Returns the milliseconds until the next delivery: 1 s after the first, doubled each time, 30 s at most. */
export function retryDelay(deliveries: number): number {
  return Math.min(30_000, 1_000 * 2 ** Math.min(deliveries - 1, 5));
}
