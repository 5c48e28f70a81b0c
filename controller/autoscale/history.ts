import type { Policy } from "./policy.ts";
import type { AutoscaleState, MetricMemory } from "./state.ts";

/**
 * Drops entries that no rule looks back to, and an expired recommendation. If the clock was set back, entries from the future
 * count as of now.
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

/** The longer of the two stabilisation windows, in seconds. */
export function longerWindow({ up, down }: Policy): number {
  return Math.max(up.windowSeconds, down.windowSeconds);
}

/**
 * Takes the time of a pause out of the state: neither the validity of a recommendation nor the silence of a metric goes on
 * during a pause. The windows start again, as after any gap.
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
