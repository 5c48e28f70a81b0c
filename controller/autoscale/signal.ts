/** A decision as an entry of the signals document. */
import type { MetricSignal } from "../model/signals.ts";
import type { ScalingDecision } from "./decide.ts";

/** Undefined where the spec's own count holds. */
export function metricSignal(
  service: string,
  region: string,
  {
    count,
    reason,
    validUntilSeconds,
  }: Pick<ScalingDecision, "count" | "reason" | "validUntilSeconds">,
): MetricSignal | undefined {
  if (count === undefined || validUntilSeconds === undefined) return undefined;
  const valid_until = new Date(validUntilSeconds * 1_000).toISOString();
  return { service, region, count, valid_until, reason };
}
