/** The Machines across a restart of the cloud itself: their records stay, their processes don't. */
import type { MachineRecord } from "../store/records.ts";
import type { LifecycleContext } from "./context.ts";
import { resetChecks } from "./health.ts";
import { endOutage } from "./host-outage.ts";
import { settle } from "./settle.ts";
import { stopOptionsOf } from "./stop-options.ts";
import { transition } from "./transition.ts";

const DESTROYED_KEPT_MS = 24 * 3600_000;

/** Ends the processes that an earlier run left behind, then boots the Machines that should run, under their old ids. */
export async function resume(life: LifecycleContext): Promise<void> {
  const { store, runner } = life;
  for (const machine of store.machines.all()) {
    if (machine.host_away !== undefined) endOutage(store, machine);
  }
  forgetDestroyed(life);
  const alive = aliveMachines(life);
  // Before the first await: no reader may see a Machine as started or passing before it runs again.
  for (const machine of alive) resetState(life, machine);
  await runner.recover(alive.map(({ id }) => id));
  for (const machine of alive) if (machine.desired !== "stopped") settle(life, machine);
}

/** Ends all processes but keeps the records: the next `resume` boots the Machines again. */
export async function shutdown(life: LifecycleContext): Promise<void> {
  life.queue.close();
  life.bootDelays.cutAll();
  await Promise.all(aliveMachines(life).map((machine) => stopForShutdown(life, machine)));
}

/** The first stop doesn't wait for the queue: it cuts a slow start short. The second ends what that job may have started. */
async function stopForShutdown(
  { runner, queue }: LifecycleContext,
  machine: MachineRecord,
): Promise<void> {
  await runner.stop(machine.id, stopOptionsOf(machine));
  await queue.idle(machine.id);
  await runner.stop(machine.id, stopOptionsOf(machine));
}

function aliveMachines({ store }: LifecycleContext): readonly MachineRecord[] {
  return store.machines.all().filter(({ state }) => state !== "destroyed");
}

function forgetDestroyed({ store, clock }: LifecycleContext): void {
  const oldest = clock.now() - DESTROYED_KEPT_MS;
  for (const { id, state, updated_at } of store.machines.all()) {
    if (state === "destroyed" && Date.parse(updated_at) < oldest) store.machines.remove(id);
  }
}

function resetState(life: LifecycleContext, machine: MachineRecord): void {
  resetChecks(life.clock, machine);
  if (machine.desired === "started") transition(life, machine, "starting");
  else if (machine.desired === "destroyed") transition(life, machine, "destroying");
  else if (machine.state !== "created" && machine.state !== "failed") {
    machine.desired = "stopped"; // a suspended Machine has lost its memory
    transition(life, machine, "stopped");
  }
}
