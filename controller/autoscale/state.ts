/** The autoscaler's state for one service in one region: plain JSON in the store, so that a restart keeps it. */
import { z } from "zod";

const seconds = z.number();
const count = z.int().min(0);

/** Times are seconds since 1970. */
export const stateSchema = z.object({
  /** The current recommendation and the time of the latest sample behind it; without it the spec's count holds. */
  standing: z.object({ count, heardAtSeconds: seconds }).optional(),
  lookedAtSeconds: seconds.optional(),
  /** The longer of the two windows, in seconds. */
  windowSeconds: seconds,
  /** What the metrics asked for, kept for `windowSeconds`. */
  recommendations: z.array(z.object({ atSeconds: seconds, count })),
  /** Changes of the recommendation, kept as long as a cooldown or a rate looks back. */
  changes: z.array(z.object({ atSeconds: seconds, from: count, to: count })),
  /** By `metricName`. */
  metrics: z.record(
    z.string(),
    z.object({
      /** Time of its last complete sample; before the first one, when it was first read. */
      heardAtSeconds: seconds,
      /** Latency only: the latest samples, taken while so many replicas ran. */
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
