/** What the routes of the API work with. */
import type { Clock } from "../../../lib/clock.ts";
import type { Faults } from "../../faults/rules.ts";
import type { Random } from "../../machines/random.ts";
import type { MachineRunner } from "../../machines/runner.ts";
import type { FlyStore } from "../store/store.ts";
import type { Limits } from "./limits.ts";

export interface FlyContext {
  readonly store: FlyStore;
  readonly runner: MachineRunner;
  readonly clock: Clock;
  /** For the time in which reads don't see what was just created. */
  readonly random: Random;
  readonly limits: Limits;
  /** The one token that may do everything. */
  readonly token: string;
  /** Second number of the Machines' loopback addresses. */
  readonly octet: number;
  /** Upper bound in milliseconds of the time in which reads don't see what was just created. */
  readonly lagMs: number;
  /** Upper bound in milliseconds of how old a list of Machines may be. */
  readonly listLagMs: number;
  readonly faults: Faults;
}
