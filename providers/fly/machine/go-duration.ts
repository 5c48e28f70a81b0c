/** Fly accepts durations as Go text or as nanoseconds and echoes them in another spelling: `60s` comes back as `1m0s`. */

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Returns the milliseconds of a duration. Returns any other value unchanged, so that it can still be compared. */
export function normalDuration(value: unknown): unknown {
  if (typeof value === "number") return value / 1e6;
  if (typeof value !== "string") return value;
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== value) return value;
  return parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (unitMs[unit ?? ""] ?? 0),
    0,
  );
}
