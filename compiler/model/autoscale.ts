import type { MetricSpec } from "./metrics.ts";

/** How a service's load becomes a count; the spec and the desired state carry it alike. */
export interface AutoscaleSpec {
  readonly metrics: readonly MetricSpec[];
  readonly intervalSeconds: number;
  /** Share around the target in which nothing changes. */
  readonly tolerance: number;
  /** How long a recommendation is kept after its last good sample; then the spec's `replicas` count again. */
  readonly holdSeconds: number;
  readonly up: DirectionSpec;
  readonly down: DirectionSpec;
}

/** Limits of scaling in one direction. */
export interface DirectionSpec {
  readonly windowSeconds: number;
  readonly cooldownSeconds: number;
  /** Most replicas added or removed per period: the larger of `count` and `percent` of the replicas. */
  readonly policy: {
    readonly count: number;
    readonly percent?: number;
    readonly periodSeconds: number;
  };
}
