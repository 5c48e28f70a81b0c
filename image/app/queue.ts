import {
  AckPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  jetstream,
  jetstreamManager,
} from "@nats-io/jetstream";
import type { Consumer, ConsumerConfig, JetStreamManager } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import type { NatsConnection } from "@nats-io/transport-node";

/** Name of the durable consumer that all workers of a region share; autoscale reads its backlog. */
export const consumerName = "workers";

/** Queue `jobs` is stream `JOBS`. */
export function streamName(queue: string): string {
  return queue.toUpperCase();
}

/**
 * Subject of a job. The region is part of it, so that the streams of two regions never store the same message:
 * leaf links carry every subject everywhere.
 */
export function jobSubject(queue: string, region: string, job: string): string {
  return `${queue}.${region}.${job}`;
}

/**
 * Makes the region's work queue and its shared consumer unless they are there, and returns the consumer.
 * An existing stream is left as it is: its limits are the operator's. Workers that start at once agree, because
 * JetStream takes the same configuration twice. Throws while JetStream can't be reached.
 */
export async function ensureQueue(
  nc: NatsConnection,
  queue: { readonly name: string; readonly region: string; readonly streamReplicas: number },
): Promise<Consumer> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const stream = streamName(queue.name);
  const subject = jobSubject(queue.name, queue.region, ">");
  if (!(await exists(() => jsm.streams.info(stream), JetStreamApiCodes.StreamNotFound))) {
    await jsm.streams.add({
      name: stream,
      subjects: [subject],
      retention: RetentionPolicy.Workqueue,
      num_replicas: queue.streamReplicas,
    });
  }
  await ensureConsumer(jsm, stream, {
    durable_name: consumerName,
    filter_subject: subject,
    ack_policy: AckPolicy.Explicit,
    // Longer than one job can take (its requests time out first); then another worker gets it.
    ack_wait: nanos(30_000),
    // Never given up: an outage of PocketBase may outlast any count. What can't ever succeed is terminated instead.
    max_deliver: -1,
  });
  return jetstream(nc).consumers.get(stream, consumerName);
}

async function ensureConsumer(
  jsm: JetStreamManager,
  stream: string,
  wanted: Partial<ConsumerConfig> & { readonly durable_name: string },
): Promise<void> {
  const found = await exists(
    () => jsm.consumers.info(stream, wanted.durable_name),
    JetStreamApiCodes.ConsumerNotFound,
  );
  if (!found) await jsm.consumers.add(stream, wanted);
  else if (
    found.config.ack_wait !== wanted.ack_wait ||
    found.config.max_deliver !== wanted.max_deliver
  ) {
    await jsm.consumers.update(stream, wanted.durable_name, wanted);
  }
}

/** The thing looked up, or undefined when the server answers that it isn't there. */
async function exists<T>(look: () => Promise<T>, notFound: number): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === notFound) return undefined;
    throw error;
  }
}
