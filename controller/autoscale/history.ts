import type { Policy } from "./policy.ts";
import type { AutoscaleState, MetricMemory } from "./state.ts";

/**
 * Drops what no rule can ask for any more, a recommendation past its time among it: since then the spec's count
 * holds. After a clock that was put back nothing is younger than now.
 */
export function forgetPast(
  state: AutoscaleState,
  policy: Policy,
  nowSeconds: number,
): AutoscaleState {
  const { up, down, holdSeconds } = policy;
  const paceSeconds = Math.max(
    up.cooldownSeconds,
    down.cooldownSeconds,
    up.policy.periodSeconds,
    down.policy.periodSeconds,
  );
  const within = <T extends { atSeconds: number }>(entries: readonly T[], seconds: number): T[] =>
    entries
      .map((entry) => ({ ...entry, atSeconds: Math.min(entry.atSeconds, nowSeconds) }))
      .filter(({ atSeconds }) => nowSeconds - atSeconds < seconds);
  const heardAtSeconds = Math.min(state.standing?.heardAtSeconds ?? nowSeconds, nowSeconds);
  const metrics = Object.entries(state.metrics).map(([name, memory]): [string, MetricMemory] => [
    name,
    { ...memory, heardAtSeconds: Math.min(memory.heardAtSeconds, nowSeconds) },
  ]);
  return {
    ...state,
    standing:
      state.standing !== undefined && nowSeconds < heardAtSeconds + holdSeconds
        ? { count: state.standing.count, heardAtSeconds }
        : undefined,
    metrics: Object.fromEntries(metrics),
    recommendations: within(state.recommendations, longerWindow(policy)),
    changes: within(state.changes, paceSeconds),
  };
}

export function longerWindow({ up, down }: Policy): number {
  return Math.max(up.windowSeconds, down.windowSeconds);
}

/**
 * After a pause, before the first look: for a recommendation that stood when it began, and for silence, the time of the
 * pause doesn't count. The windows begin anew, as after any gap.
 */
export function resumeAfterPause(state: AutoscaleState, pausedSeconds: number): AutoscaleState {
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
