/** What a look at a service's metrics brought: the sources' side of autoscaling. */

/** One look at all metrics of a service in a region. */
export interface Measurements {
  /** Replicas that run, bursts included; undefined: not known. */
  readonly running: number | undefined;
  /** By `metricName`. A metric without an entry wasn't heard. */
  readonly readings: Readonly<Record<string, Reading>>;
}

export type Reading = Sample | MissingReading;

export interface Sample {
  /** Seconds since 1970: when it was measured, not when it came. */
  readonly atSeconds: number;
  /**
   * Of all replicas together: messages waiting or in work, cores, MB, requests. For `latency`: milliseconds at the
   * percentile since the sample before, 0 where nobody asked.
   */
  readonly value: number;
  /** Running replicas whose share is not in `value`: such a sample never scales in. */
  readonly missing: number;
}

/** The source couldn't say, and why, for people. */
export interface MissingReading {
  readonly error: string;
}

/** A sample older than so many intervals is stale. */
const FRESH_INTERVALS = 3;

/** The sample if it counts, or why it doesn't, for people. */
export function freshSample(
  reading: Reading | undefined,
  intervalSeconds: number,
  nowSeconds: number,
): Sample | string {
  if (reading === undefined) return "no sample";
  if ("error" in reading) return reading.error;
  if (!(Number.isFinite(reading.value) && reading.value >= 0))
    return `${reading.value} is no measure`;
  const age = nowSeconds - reading.atSeconds;
  if (age < 0) return "a sample from the future";
  if (age > FRESH_INTERVALS * intervalSeconds) return `the last sample is ${Math.round(age)} s old`;
  return reading;
}
