/** What the parts of the lifecycle share. */
import type { Clock } from "../../../lib/clock.ts";
import type { MachineRunner } from "../../machines/runner.ts";
import type { FlyStore } from "../store/store.ts";
import type { BootDelays } from "./boot-delays.ts";
import type { SettleQueue } from "./settle-queue.ts";

export interface LifecyclePorts {
  readonly store: FlyStore;
  readonly runner: MachineRunner;
  readonly clock: Clock;
  /** Second number of the Machines' loopback addresses. */
  readonly octet: number;
  readonly log: (line: string) => void;
}

/** The ports, and the state of the Machines' lives that isn't in their records. */
export interface LifecycleContext extends LifecyclePorts {
  readonly queue: SettleQueue;
  readonly bootDelays: BootDelays;
  /** When the runner started each Machine that runs, in milliseconds since 1970, by Machine id. */
  readonly startedAt: Map<string, number>;
}
