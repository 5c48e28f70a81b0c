/** What the metric sources measured for a service in a region. */

export interface Measurements {
  /** Replicas that run, including those of a burst; undefined if unknown. */
  readonly running: number | undefined;
  /** By `metricName`. */
  readonly readings: Readonly<Record<string, Reading>>;
}

export type Reading = Sample | MissingReading;

export interface Sample {
  /** When it was measured, in seconds since 1970. */
  readonly atSeconds: number;
  /**
   * Of all replicas together: messages waiting or in progress, cores, MB, requests. For `latency`: milliseconds at the
   * percentile since the sample before, 0 without requests.
   */
  readonly value: number;
  /** Running replicas that `value` doesn't cover: a sample that misses some never scales in. */
  readonly missing: number;
}

/** Why a source couldn't measure, for people. */
export interface MissingReading {
  readonly error: string;
}

/** A sample older than so many intervals is stale. */
const FRESH_INTERVALS = 3;

/** Returns the sample if it is usable, else why it isn't, for people. */
export function freshSample(
  reading: Reading | undefined,
  intervalSeconds: number,
  nowSeconds: number,
): Sample | string {
  if (reading === undefined) return "no sample";
  if ("error" in reading) return reading.error;
  if (!(Number.isFinite(reading.value) && reading.value >= 0))
    return `${reading.value} isn't a valid measurement`;
  const age = nowSeconds - reading.atSeconds;
  if (age < 0) return "a sample from the future";
  if (age > FRESH_INTERVALS * intervalSeconds) return `the last sample is ${Math.round(age)} s old`;
  return reading;
}
