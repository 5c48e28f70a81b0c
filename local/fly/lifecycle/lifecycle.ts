/**
 * The state machine behind the Machines: a request changes the record at once and answers; jobs, one at a time per Machine,
 * bring the runner to what the record asks for. A client that needs the result waits for the state.
 */
import type { MachineEvent, MachineRecord, MachineState } from "../store/records.ts";
import { createBootDelays } from "./boot-delays.ts";
import type { LifecycleContext, LifecyclePorts } from "./context.ts";
import { resetChecks } from "./health.ts";
import { beginOutage, endOutage } from "./host-outage.ts";
import { resume, shutdown } from "./recovery.ts";
import { createSettleQueue } from "./settle-queue.ts";
import { destroy, settle } from "./settle.ts";
import { stopOptionsOf, type StopOptions } from "./stop-options.ts";
import { transition } from "./transition.ts";

export interface Lifecycle {
  /** Saves a new Machine and launches it, unless its `desired` is stopped or it is stuck. */
  add(machine: MachineRecord, options?: { stuck?: boolean }): void;
  /** After `config` and `instance_id` were replaced: reboots the Machine, or leaves it stopped. */
  replace(machine: MachineRecord, skipLaunch: boolean): void;
  start(machine: MachineRecord): void;
  stop(machine: MachineRecord, options?: Partial<StopOptions>): void;
  restart(machine: MachineRecord, options?: Partial<StopOptions>): void;
  /** Returns false when the runner can't suspend Machines. */
  suspend(machine: MachineRecord): boolean;
  destroy(machine: MachineRecord, force: boolean): void;
  /** Notes an event that changes no state. */
  note(machine: MachineRecord, type: MachineEvent["type"]): void;
  /** Makes the Machine's host unreachable for `ms`; then it comes back by itself. */
  startHostOutage(machine: MachineRecord, outage: { ms: number; returnsOld: boolean }): void;
  /** Resolves when every request on the Machine so far has been carried out. */
  settled(id: string | null): Promise<void>;
  /** After a restart of the cloud itself: ends leftovers, then boots what should run, under the same ids. */
  resume(): Promise<void>;
  /** Ends all processes but keeps the records: the next `resume` boots them again. */
  shutdown(): Promise<void>;
}

const RUNNING: readonly MachineState[] = ["starting", "started", "restarting", "replacing"];

export function createLifecycle(ports: LifecyclePorts): Lifecycle {
  const life: LifecycleContext = {
    ...ports,
    queue: createSettleQueue(),
    bootDelays: createBootDelays(ports.clock),
    startedAt: new Map(),
  };
  return {
    add: (machine, options) => add(life, machine, options?.stuck === true),
    replace: (machine, skipLaunch) => replace(life, machine, skipLaunch),
    start: (machine) => start(life, machine),
    stop: (machine, options) => stop(life, machine, options),
    restart: (machine, options) => restart(life, machine, options),
    suspend: (machine) => suspend(life, machine),
    destroy: (machine, force) => destroy(life, machine, force),
    note: (machine, type) => transition(life, machine, machine.state, { type, source: "user" }),
    startHostOutage: (machine, outage) => startOutage(life, machine, outage),
    settled: (id) => life.queue.idle(id ?? ""),
    resume: () => resume(life),
    shutdown: () => shutdown(life),
  };
}

function add(life: LifecycleContext, machine: MachineRecord, stuck: boolean): void {
  resetChecks(life.clock, machine);
  transition(life, machine, "created", { type: "launch", source: "user" });
  if (machine.desired === "started" && !stuck) settle(life, machine);
}

function replace(life: LifecycleContext, machine: MachineRecord, skipLaunch: boolean): void {
  // An update discards a suspended Machine's memory.
  if (machine.state === "suspended") machine.state = "stopped";
  const ran = RUNNING.includes(machine.state);
  machine.restart_count = 0;
  resetChecks(life.clock, machine);
  machine.desired = skipLaunch ? "stopped" : "started";
  // A Machine that doesn't run and isn't to be launched keeps its state under the new version.
  const idleState = skipLaunch ? machine.state : "starting";
  transition(life, machine, ran ? "replacing" : idleState, { type: "update", source: "user" });
  const staysIdle = !ran && skipLaunch;
  const hasProcess = life.startedAt.has(machine.id) || machine.state === "stopping";
  if (!staysIdle || hasProcess || machine.reverts_to !== undefined) {
    settle(life, machine, stopOptionsOf(machine));
  }
}

function start(life: LifecycleContext, machine: MachineRecord): void {
  machine.desired = "started";
  if (RUNNING.includes(machine.state)) return;
  machine.restart_count = 0;
  transition(life, machine, "starting", { type: "start", source: "user" });
  settle(life, machine);
}

function stop(
  life: LifecycleContext,
  machine: MachineRecord,
  options?: Partial<StopOptions>,
): void {
  machine.desired = "stopped";
  if (!RUNNING.includes(machine.state) && machine.state !== "suspended") return;
  transition(life, machine, "stopping", { type: "stop", source: "user" });
  settle(life, machine, stopOptionsOf(machine, options));
}

function restart(
  life: LifecycleContext,
  machine: MachineRecord,
  options?: Partial<StopOptions>,
): void {
  machine.desired = "started";
  machine.restart_count = 0;
  transition(life, machine, "restarting", { type: "restart", source: "user" });
  settle(life, machine, stopOptionsOf(machine, options));
}

function suspend(life: LifecycleContext, machine: MachineRecord): boolean {
  if (machine.state !== "started") return true;
  if (!life.runner.suspend(machine.id)) return false;
  machine.desired = "suspended";
  transition(life, machine, "suspending", { type: "suspend", source: "user" });
  settle(life, machine);
  return true;
}

function startOutage(
  life: LifecycleContext,
  machine: MachineRecord,
  { ms, returnsOld }: { readonly ms: number; readonly returnsOld: boolean },
): void {
  beginOutage(life.store, machine, { until: life.clock.now() + ms, returnsOld });
  life.clock.after(ms, () => finishOutage(life, machine));
}

/** Requests on the Machine during the outage are carried out now, unless it came back on its old version. */
function finishOutage(life: LifecycleContext, machine: MachineRecord): void {
  if (life.queue.isClosed() || machine.host_away === undefined) return;
  if (endOutage(life.store, machine)) settle(life, machine, stopOptionsOf(machine));
  else transition(life, machine, machine.state);
}
