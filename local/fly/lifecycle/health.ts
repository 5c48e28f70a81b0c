/** The results of a Machine's health checks, each with the time of its last change. */
import type { Clock } from "../../../lib/clock.ts";
import { unstartedChecks } from "../../machines/checks.ts";
import type { GuestCheckResult } from "../../machines/runner.ts";
import type { MachineRecord } from "../store/records.ts";

/** Sets the results on the record without saving it; a check whose status stays the same keeps its time. */
export function setChecks(
  clock: Clock,
  machine: MachineRecord,
  results: readonly GuestCheckResult[],
): void {
  const before = machine.checks;
  machine.checks = withTimes(clock, results).map((check) => {
    const old = before.find(({ name }) => name === check.name);
    return old?.status === check.status ? { ...check, updated_at: old.updated_at } : check;
  });
}

/** Sets every check on the record to "not started yet", without saving it. */
export function resetChecks(clock: Clock, machine: MachineRecord): void {
  machine.checks = withTimes(clock, unstartedChecks(machine.config));
}

function withTimes(clock: Clock, results: readonly GuestCheckResult[]): MachineRecord["checks"] {
  const updated_at = new Date(clock.now()).toISOString();
  return results.map((result) => ({ ...result, updated_at }));
}
