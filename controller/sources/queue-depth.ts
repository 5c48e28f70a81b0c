/** The backlog of a JetStream consumer, from NATS' monitoring port in the private network. */
import { z } from "zod";
import { messageOf } from "../../lib/message-of.ts";
import type { MetricSource } from "./metric-source.ts";
import { privateHosts } from "./private-network.ts";

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

/** Returns the messages that wait or are in progress, as the consumer's leader counts them: other servers lag behind. */
export const read: MetricSource<"queue_depth"> = async ({ metric, hosts, now }, { readText }) => {
  const { stream, consumer } = metric;
  const errors: string[] = [];
  for (const { name, address } of privateHosts(hosts)) {
    const url = `http://${address}:8222/jsz?acc=APP&consumers=true&config=true`;
    try {
      const depth = depthOf(await readText(url), stream, consumer, name);
      if (depth !== undefined) return { atSeconds: now / 1_000, value: depth, missing: 0 };
    } catch (error) {
      errors.push(`${name}: ${messageOf(error)}`);
    }
  }
  const said = errors.length === 0 ? "" : ` (${errors.join("; ")})`;
  return { error: `no host knows consumer ${consumer} of stream ${stream}${said}` };
};

/** Returns undefined if this server isn't the leader of the consumer, or doesn't know it. */
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
