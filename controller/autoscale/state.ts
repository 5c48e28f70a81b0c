/** What one service's autoscaling in one region remembers from look to look: plain JSON, so that a restart keeps it. */
import { z } from "zod";

const seconds = z.number();
const count = z.int().min(0);

/** Times are seconds since 1970. */
export const stateSchema = z.object({
  /** The recommendation, and of when the last sample is that it stands on; absent, or too old: the spec's count holds. */
  standing: z.object({ count, heardAtSeconds: seconds }).optional(),
  lookedAtSeconds: seconds.optional(),
  /** The longer of the two windows, and what the metrics asked for in it. */
  windowSeconds: seconds,
  recommendations: z.array(z.object({ atSeconds: seconds, count })),
  /** Changes of the recommendation, as long as a rest or a rate may ask for them. */
  changes: z.array(z.object({ atSeconds: seconds, from: count, to: count })),
  /** By `metricName`. */
  metrics: z.record(
    z.string(),
    z.object({
      /** When it was last heard in full; at first, when it was first looked for. */
      heardAtSeconds: seconds,
      /** Latency only: the last samples of so many running replicas. */
      latest: z
        .object({
          running: count,
          samples: z.array(z.object({ atSeconds: seconds, value: z.number() })),
        })
        .optional(),
    }),
  ),
});

export type AutoscaleState = z.output<typeof stateSchema>;
export type PastRecommendation = AutoscaleState["recommendations"][number];
export type CountChange = AutoscaleState["changes"][number];
export type MetricMemory = AutoscaleState["metrics"][string];

export const NOTHING_REMEMBERED: AutoscaleState = {
  windowSeconds: 0,
  recommendations: [],
  changes: [],
  metrics: {},
};
