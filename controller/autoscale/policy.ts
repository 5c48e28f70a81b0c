/** The autoscale policy of one service in one region, from the compiled spec. */
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

/** Returns undefined if the spec doesn't let metrics scale the service. */
export function policyOf(service: ServiceDesired): Policy | undefined {
  const { autoscale, controls, replicas, min, max } = service;
  if (autoscale === undefined || !controls.autoscale.offered) return undefined;
  return { ...autoscale, replicas, min, max };
}

/** Names a metric uniquely within its service: the key of its readings and of its state. */
export function metricName(metric: MetricPolicy): string {
  return metric.type === "queue_depth"
    ? `${metric.type} ${metric.stream} ${metric.consumer}`
    : metric.type;
}
