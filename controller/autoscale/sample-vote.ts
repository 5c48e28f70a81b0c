import type { MetricMemory } from "./state.ts";

/** What a metric recommends by a usable sample, and the samples it keeps. */
export interface SampleRecommendation {
  readonly count: number;
  /** One sentence for people, without the metric's name. */
  readonly reason: string;
  readonly latest?: MetricMemory["latest"];
}
