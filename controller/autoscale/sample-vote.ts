import type { MetricMemory } from "./state.ts";

/** What a metric asks for by a sample that counts, and what it then remembers. */
export interface SampleRecommendation {
  readonly count: number;
  /** In plain words, without the metric's name. */
  readonly reason: string;
  readonly latest?: MetricMemory["latest"];
}
