/** How often the loop polls, and how much it does at once. */
export interface Intervals {
  /** Between two polls of the branch. */
  readonly specsMs: number;
  /** Between two lists of the hosts. */
  readonly driftMs: number;
  /** Between two inspections of what runs inside a host. */
  readonly slotsMs: number;
  /** Drift counts once it has been seen for so long: Fly's lists lag behind. */
  readonly confirmMs: number;
  /** Concurrent runs, over all stacks. */
  readonly runs: number;
}

export const DEFAULT_INTERVALS: Intervals = {
  specsMs: 10_000,
  driftMs: 30_000,
  slotsMs: 5 * 60_000,
  confirmMs: 3_000,
  runs: 4,
};
