/** The job that brings the runner to what a Machine's record asks for, and what follows when its process ends by itself. */
import type { Exit } from "../../machines/runner.ts";
import type { MachineRecord } from "../store/records.ts";
import { detachVolumes } from "../volumes/mounts.ts";
import type { LifecycleContext } from "./context.ts";
import { resetChecks } from "./health.ts";
import { launch } from "./launch.ts";
import { decideAfterExit, exitRequest } from "./restart-policy.ts";
import { revert } from "./revert.ts";
import { KILL, stopOptionsOf, type StopOptions } from "./stop-options.ts";
import { transition } from "./transition.ts";

/** Starts a new request on the Machine: what runs is ended first if `stopFirst` is given, then `desired` is brought about. */
export function settle(
  life: LifecycleContext,
  machine: MachineRecord,
  stopFirst?: StopOptions,
): void {
  const request = life.queue.begin(machine.id);
  life.bootDelays.cut(machine.id);
  addJob(life, machine, request, stopFirst);
}

/** Destroys the Machine; one whose host can't be reached is forgotten by the API at once, and ended when its host is back. */
export function destroy(life: LifecycleContext, machine: MachineRecord, force: boolean): void {
  machine.desired = "destroyed";
  if (machine.host_away !== undefined) {
    life.queue.begin(machine.id);
    detachVolumes(life.store, machine);
    machine.lease = undefined;
    transition(life, machine, "destroyed", { type: "destroy", source: "user" });
    return;
  }
  transition(life, machine, "destroying", { type: "destroy", source: "user" });
  settle(life, machine, force ? KILL : stopOptionsOf(machine));
}

function addJob(
  life: LifecycleContext,
  machine: MachineRecord,
  request: number,
  stopFirst?: StopOptions,
): void {
  life.queue.add(
    machine.id,
    request,
    (isCurrent) => bringToDesired(life, machine, isCurrent, stopFirst),
    (error) => life.log(`Machine settle failed: ${machine.name} (${machine.id}): ${String(error)}`),
  );
}

async function bringToDesired(
  life: LifecycleContext,
  machine: MachineRecord,
  isCurrent: () => boolean,
  stopFirst: StopOptions | undefined,
): Promise<void> {
  const { runner, startedAt } = life;
  if (stopFirst !== undefined && startedAt.has(machine.id)) {
    await endProcess(life, machine, stopFirst);
  }
  if (!isCurrent()) return;
  revert(life, machine);
  if (machine.desired === "destroyed") return remove(life, machine);
  if (machine.desired === "stopped") return transition(life, machine, "stopped", { type: "stop" });
  if (machine.desired === "suspended") {
    return transition(life, machine, "suspended", { type: "suspend" });
  }
  if (!startedAt.has(machine.id)) {
    return launch(life, machine, isCurrent, (exit) => handleExit(life, machine, exit));
  }
  if (machine.state === "started") return;
  runner.resume(machine.id);
  transition(life, machine, "started", { type: "start" });
}

async function endProcess(
  life: LifecycleContext,
  machine: MachineRecord,
  options: StopOptions,
): Promise<void> {
  const { runner, clock, startedAt } = life;
  const exit = await runner.stop(machine.id, options);
  startedAt.delete(machine.id);
  resetChecks(clock, machine);
  const exited = { restarting: false, nowMs: clock.now() };
  const request = exitRequest(machine.restart_count, exit, exited);
  transition(life, machine, machine.state, { type: "exit", request });
}

async function remove(life: LifecycleContext, machine: MachineRecord): Promise<void> {
  await life.runner.remove(machine.id);
  detachVolumes(life.store, machine);
  machine.checks = [];
  machine.lease = undefined;
  transition(life, machine, "destroyed", { type: "destroy" });
}

/** The entry process ended without having been asked to: destroys, stops or restarts the Machine by its restart policy. */
function handleExit(life: LifecycleContext, machine: MachineRecord, exit: Exit): void {
  const { clock, queue, startedAt } = life;
  const started = startedAt.get(machine.id);
  if (queue.isClosed() || started === undefined) return;
  startedAt.delete(machine.id);
  // A request whose job hasn't ended yet decides what happens next.
  if (machine.state !== "started" && machine.state !== "starting") return;
  resetChecks(clock, machine);
  const next = decideAfterExit(machine, exit, clock.now() - started);
  if (next.kind === "destroy") return destroy(life, machine, true);
  const restarting = next.kind === "restart";
  const request = exitRequest(next.restartCount, exit, { restarting, nowMs: clock.now() });
  if (next.kind === "stop") {
    machine.restart_count = next.restartCount;
    machine.desired = "stopped";
    return transition(life, machine, "stopped", { type: "exit", request });
  }
  machine.restart_count = next.restartCount + 1;
  transition(life, machine, "restarting", { type: "exit", request });
  const latest = queue.latest(machine.id);
  clock.after(next.backoffMs, () => addJob(life, machine, latest));
}
