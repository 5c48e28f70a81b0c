import type { AutoscaleState, MetricMemory } from "./state.ts";

/**
 * After a pause, before the first look: for a recommendation that stood when it began, and for silence, the time of the
 * pause doesn't count. The windows begin anew, as after any gap.
 */
export function resume(state: AutoscaleState, pausedSeconds: number): AutoscaleState {
  const { standing } = state;
  const metrics = Object.entries(state.metrics).map(([name, memory]): [string, MetricMemory] => [
    name,
    { ...memory, heardAtSeconds: memory.heardAtSeconds + pausedSeconds },
  ]);
  return {
    ...state,
    standing: standing && { ...standing, heardAtSeconds: standing.heardAtSeconds + pausedSeconds },
    metrics: Object.fromEntries(metrics),
  };
}
