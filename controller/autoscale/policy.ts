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
}

/** Undefined where the spec doesn't let metrics scale the service. */
export function policyOf(service: ServiceDesired): Policy | undefined {
  const { autoscale, controls, replicas, min, max } = service;
  if (autoscale === undefined || !controls.autoscale.offered) return undefined;
  return { ...autoscale, replicas, min, max };
}

/** Unique among the metrics of a service: the key of its samples and of what is remembered of it. */
export function metricName(metric: MetricPolicy): string {
  return metric.type === "queue_depth"
    ? `${metric.type} ${metric.stream} ${metric.consumer}`
    : metric.type;
}
