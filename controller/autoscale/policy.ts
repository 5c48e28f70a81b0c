/** What the spec says about scaling one service in one region by metrics, as the compiler hands it on. */
import type { RegionDesired } from "../../compiler/compile.ts";

type ServiceDesired = Pick<
  RegionDesired["services"][number],
  "autoscale" | "controls" | "replicas" | "min" | "max"
>;
type AutoscaleDesired = NonNullable<ServiceDesired["autoscale"]>;
export type MetricPolicy = AutoscaleDesired["metrics"][number];
export type DirectionPolicy = AutoscaleDesired["up"];

export interface Policy extends AutoscaleDesired {
  readonly replicas: number;
  readonly min: number;
  readonly max: number;
  /** How long a recommendation stands on its last good samples; then the spec's `replicas` hold again. */
  readonly holdSeconds: number;
}

const HOLD_SECONDS = 600;
/** A metric looked at seldom isn't given up before its next look. */
const HOLD_INTERVALS = 6;

/** Undefined where the spec doesn't let metrics scale the service. */
export function policyOf(service: ServiceDesired): Policy | undefined {
  const { autoscale, controls, replicas, min, max } = service;
  if (autoscale === undefined || !controls.autoscale.offered) return undefined;
  const holdSeconds = Math.max(HOLD_SECONDS, HOLD_INTERVALS * autoscale.intervalSeconds);
  return { ...autoscale, replicas, min, max, holdSeconds };
}

/** Unique among the metrics of a service: the key of its samples and of what is remembered of it. */
export function metricName(metric: MetricPolicy): string {
  return metric.type === "queue_depth"
    ? `${metric.type} ${metric.stream} ${metric.consumer}`
    : metric.type;
}
