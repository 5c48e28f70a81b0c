/** What follows when a Machine's entry process ends by itself. Pure. (docs: machines/guides-examples/machine-restart-policy) */
import type { Exit } from "../../machines/runner.ts";
import type { MachineRecord } from "../store/records.ts";

/** A Machine that ran this long starts its backoff again from the shortest. */
const STABLE_MS = 60_000;
const SHORTEST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 30_000;

export type AfterExit =
  | { readonly kind: "destroy" }
  | { readonly kind: "stop"; readonly restartCount: number }
  | { readonly kind: "restart"; readonly restartCount: number; readonly backoffMs: number };

/** Decides by `auto_destroy` and the restart policy; `restartCount` is what the record counts before this restart. */
export function decideAfterExit(
  { config, restart_count }: MachineRecord,
  exit: Exit,
  ranMs: number,
): AfterExit {
  if (config.auto_destroy) return { kind: "destroy" };
  const restartCount = ranMs > STABLE_MS ? 0 : restart_count;
  if (!restarts(config.restart, exit, restartCount)) return { kind: "stop", restartCount };
  const backoffMs = Math.min(LONGEST_BACKOFF_MS, SHORTEST_BACKOFF_MS * 2 ** restartCount);
  return { kind: "restart", restartCount, backoffMs };
}

function restarts(
  { policy, max_retries: retries = 10 }: MachineRecord["config"]["restart"],
  exit: Exit,
  restartCount: number,
): boolean {
  if (policy === "always") return true;
  if (policy === "no") return false;
  return exit.exitCode !== 0 && restartCount < retries;
}

/** Returns the `request` of an `exit` event in Fly's form. */
export function exitRequest(
  restartCount: number,
  exit: Exit,
  { restarting, nowMs }: { readonly restarting: boolean; readonly nowMs: number },
): object {
  return {
    exit_event: {
      exit_code: exit.exitCode,
      guest_exit_code: exit.exitCode,
      guest_signal: exit.signal,
      signal: exit.signal,
      oom_killed: false,
      requested_stop: exit.requested,
      restarting,
      exited_at: new Date(nowMs).toISOString(),
    },
    restart_count: restartCount,
  };
}
