/** How a Machine is stopped. */
import { durationMs } from "../../machines/duration.ts";
import type { MachineRecord } from "../store/records.ts";

export interface StopOptions {
  /** Sent to the entry process. */
  readonly signal: string;
  /** After this time the Machine is killed. */
  readonly timeoutMs: number;
}

export const KILL: StopOptions = { signal: "SIGKILL", timeoutMs: 0 };

/** Returns the given options, completed by the Machine's `stop_config` and Fly's defaults. */
export function stopOptionsOf(
  { config: { stop_config } }: MachineRecord,
  given: Partial<StopOptions> = {},
): StopOptions {
  return {
    signal: given.signal ?? stop_config?.signal ?? "SIGINT",
    timeoutMs: given.timeoutMs ?? durationMs(stop_config?.timeout, 5_000),
  };
}
