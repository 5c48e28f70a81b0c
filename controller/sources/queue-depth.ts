/** JetStream's backlog, from NATS' monitoring port on the private network. Pure but for the read. */
import { z } from "zod";
import type { Reading } from "../autoscale/measurements.ts";
import type { MetricPolicy } from "../autoscale/policy.ts";
import type { PrivateHost, ReadText } from "./private-network.ts";

type QueueMetric = Extract<MetricPolicy, { readonly type: "queue_depth" }>;

/** Source: https://docs.nats.io/running-a-nats-service/nats_admin/monitoring#jetstream-information-jsz */
const jszShape = z.looseObject({
  account_details: z
    .array(
      z.looseObject({
        stream_detail: z
          .array(
            z.looseObject({
              name: z.string(),
              consumer_detail: z
                .array(
                  z.looseObject({
                    name: z.string(),
                    num_pending: z.number(),
                    num_ack_pending: z.number(),
                    cluster: z.looseObject({ leader: z.string().nullish() }).nullish(),
                  }),
                )
                .nullish(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

/** Messages that wait or are in work, as the consumer's leader counts them: the other servers lag behind. */
export async function readQueueDepth(
  { stream, consumer }: QueueMetric,
  hosts: readonly PrivateHost[],
  read: ReadText,
  nowSeconds: number,
): Promise<Reading> {
  const errors: string[] = [];
  for (const { name, address } of hosts) {
    const url = `http://${address}:8222/jsz?acc=APP&consumers=true&config=true`;
    try {
      const depth = depthOf(await read(url), stream, consumer, name);
      if (depth !== undefined) return { atSeconds: nowSeconds, value: depth, missing: 0 };
    } catch (error) {
      errors.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const said = errors.length === 0 ? "" : ` (${errors.join("; ")})`;
  return { error: `no host knows consumer ${consumer} of stream ${stream}${said}` };
}

function depthOf(
  text: string,
  stream: string,
  consumer: string,
  server: string,
): number | undefined {
  const { account_details: accounts } = jszShape.parse(JSON.parse(text));
  const found = (accounts ?? [])
    .flatMap(({ stream_detail: streams }) => streams ?? [])
    .filter(({ name }) => name === stream)
    .flatMap(({ consumer_detail: consumers }) => consumers ?? [])
    .find(({ name }) => name === consumer);
  if (found === undefined) return undefined;
  const leader = found.cluster?.leader;
  if (leader && leader !== server) return undefined;
  return found.num_pending + found.num_ack_pending;
}
