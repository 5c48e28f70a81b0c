/** Boots a Machine and follows its health checks. */
import { messageOf } from "../../../lib/message-of.ts";
import type { Exit, GuestCheckResult } from "../../machines/runner.ts";
import type { MachineRecord } from "../store/records.ts";
import type { LifecycleContext } from "./context.ts";
import { guestOf } from "./guest.ts";
import { resetChecks, setChecks } from "./health.ts";
import { exitRequest } from "./restart-policy.ts";
import { transition } from "./transition.ts";

/**
 * Boots the Machine after its boot delay. A Machine that can't be started becomes `failed`. The job stops at the step at which
 * a newer request arrives, and leaves the state to that.
 */
export async function launch(
  life: LifecycleContext,
  machine: MachineRecord,
  isCurrent: () => boolean,
  onExit: (exit: Exit) => void,
): Promise<void> {
  const { store, clock, runner, octet, startedAt, log } = life;
  resetChecks(clock, machine);
  transition(life, machine, "starting");
  await awaitBootDelay(life, machine);
  if (!isCurrent()) return;
  const { instance_id: instance } = machine;
  try {
    await runner.start(guestOf(store, octet, machine), {
      onChecks: (results) => handleChecks(life, machine, instance, results),
      onExit,
    });
  } catch (error) {
    const message = messageOf(error);
    log(`Machine start failed: ${machine.name} (${machine.id}): ${message}`);
    if (isCurrent()) fail(life, machine, message);
    return;
  }
  startedAt.set(machine.id, clock.now());
  if (isCurrent()) transition(life, machine, "started", { type: "start" });
}

async function awaitBootDelay(
  { bootDelays }: LifecycleContext,
  machine: MachineRecord,
): Promise<void> {
  const { boot_delay_ms: ms } = machine;
  if (ms === undefined) return;
  machine.boot_delay_ms = undefined;
  await bootDelays.wait(machine.id, ms);
}

function fail(life: LifecycleContext, machine: MachineRecord, message: string): void {
  const exit: Exit = { exitCode: 1, signal: -1, requested: false };
  const exited = { restarting: false, nowMs: life.clock.now() };
  machine.desired = "stopped";
  const request = { ...exitRequest(machine.restart_count, exit, exited), message };
  transition(life, machine, "failed", { type: "exit", request });
}

/** Results of an earlier version of the Machine don't count any more. */
function handleChecks(
  { store, clock, queue }: LifecycleContext,
  machine: MachineRecord,
  instance: string,
  results: readonly GuestCheckResult[],
): void {
  const isOutdated = machine.instance_id !== instance || machine.state === "destroyed";
  if (queue.isClosed() || isOutdated) return;
  setChecks(clock, machine, results);
  store.machines.put(machine.id, machine);
}
