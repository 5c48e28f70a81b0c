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

/** Name of the durable consumer that all workers of a region share. Autoscaling reads its backlog. */
export const consumerName = "workers";

/** Returns the name of a queue's stream: `JOBS` for queue `jobs`. */
export function streamName(queue: string): string {
  return queue.toUpperCase();
}

/**
 * Returns the subject of a job. Leaf links carry every subject to every region, so the region is part of it: otherwise
 * the streams of two regions would store the same message.
 */
export function jobSubject(queue: string, region: string, job: string): string {
  return `${queue}.${region}.${job}`;
}

/**
 * Creates the region's work queue and its shared consumer unless they exist, and returns the consumer. An existing
 * stream isn't changed, because its limits are the operator's choice. Workers may do this at the same time: JetStream
 * accepts the same configuration twice.
 *
 * @throws while JetStream can't be reached
 */
export async function ensureQueue(
  nc: NatsConnection,
  queue: { readonly name: string; readonly region: string; readonly streamReplicas: number },
): Promise<Consumer> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const stream = streamName(queue.name);
  const subject = jobSubject(queue.name, queue.region, ">");
  if (!(await findOrUndefined(() => jsm.streams.info(stream), JetStreamApiCodes.StreamNotFound))) {
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
    // Longer than one job can take, because its requests time out earlier. Then another worker gets the job.
    ack_wait: nanos(30_000),
    // Without a limit, because an outage of PocketBase may outlast any count. The worker terminates a job that can never
    // succeed.
    max_deliver: -1,
  });
  return jetstream(nc).consumers.get(stream, consumerName);
}

async function ensureConsumer(
  jsm: JetStreamManager,
  stream: string,
  wanted: Partial<ConsumerConfig> & { readonly durable_name: string },
): Promise<void> {
  const found = await findOrUndefined(
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

/** Returns what `lookUp` finds, or undefined when the server answers with the code `notFound`. */
async function findOrUndefined<T>(
  lookUp: () => Promise<T>,
  notFound: number,
): Promise<T | undefined> {
  try {
    return await lookUp();
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === notFound) return undefined;
    throw error;
  }
}
