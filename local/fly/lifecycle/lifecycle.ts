/**
 * The state machine behind the Machines: requests change the record at once and answer; jobs, one at a time per
 * Machine, bring the runner to what the record wants. Whoever needs the result waits for the state.
 */
import { unstartedChecks } from "../../machines/checks.ts";
import type { Clock } from "../../machines/virtual-clock.ts";
import { durationMs } from "../../machines/duration.ts";
import type { GuestCheckResult, Exit, MachineRunner } from "../../machines/runner.ts";
import { guestOf } from "./guest.ts";
import { loseHost, returnHost } from "./host-outage.ts";
import { ulid } from "../wire/ids.ts";
import { detachVolumes } from "../volumes/mounts.ts";
import type { MachineEvent, MachineRecord, MachineState } from "../store/records.ts";
import { revert } from "./revert.ts";
import type { FlyStore } from "../store/store.ts";

interface StopHow {
  readonly signal: string;
  readonly timeoutMs: number;
}

export interface Lifecycle {
  /** Writes a new Machine and, unless its `desired` is stopped or it is stuck, launches it. */
  add(machine: MachineRecord, options?: { stuck?: boolean }): void;
  /** After `config` and `instance_id` were replaced: reboots, or leaves it stopped. */
  replace(machine: MachineRecord, skipLaunch: boolean): void;
  start(machine: MachineRecord): void;
  stop(machine: MachineRecord, how?: Partial<StopHow>): void;
  restart(machine: MachineRecord, how?: Partial<StopHow>): void;
  /** False when this kind of Machine can't be. */
  suspend(machine: MachineRecord): boolean;
  destroy(machine: MachineRecord, force: boolean): void;
  /** Notes an event that changes no state. */
  note(machine: MachineRecord, type: MachineEvent["type"]): void;
  /** The Machine's host can't be reached for so long; then it comes back by itself. */
  loseHost(machine: MachineRecord, how: { ms: number; returnsOld: boolean }): void;
  /** Resolves when all that was asked of the Machine has been done. */
  settled(id: string | null): Promise<void>;
  /** After the cloud itself was restarted: ends leftovers, then boots what should run, under the same ids. */
  resume(): Promise<void>;
  /** Stops all processes but not their records: the next `resume` boots them again. */
  shutdown(): Promise<void>;
}

const RUNNING: readonly MachineState[] = ["starting", "started", "restarting", "replacing"];
/** A Machine that ran this long without ending starts its backoff anew. */
const STABLE_MS = 60_000;
const EVENTS_KEPT = 50;
const DESTROYED_KEPT_MS = 24 * 3600_000;

export interface LifecyclePorts {
  readonly store: FlyStore;
  readonly runner: MachineRunner;
  readonly clock: Clock;
  readonly octet: number;
  readonly log: (line: string) => void;
}

export function createLifecycle(ports: LifecyclePorts): Lifecycle {
  const { store, runner, clock, octet, log } = ports;
  const queues = new Map<string, Promise<void>>();
  /** Counts the requests on a Machine: a job that finds a newer one leaves the state to it. */
  const epochs = new Map<string, number>();
  const startedAt = new Map<string, number>();
  /** Cuts short the boots that take longer. */
  const delays = new Map<string, () => void>();
  let closing = false;

  function move(machine: MachineRecord, state: MachineState, event?: Partial<MachineEvent>): void {
    const now = clock.now();
    machine.state = state;
    machine.updated_at = new Date(now).toISOString();
    if (event?.type) {
      const { type, source = "flyd", request } = event;
      const entry = { id: ulid(now), type, status: state, source, timestamp: now, request };
      machine.events = [entry, ...machine.events].slice(0, EVENTS_KEPT);
    }
    store.machines.put(machine.id, machine);
  }

  function stopHow(machine: MachineRecord, how: Partial<StopHow> = {}): StopHow {
    const own = machine.config.stop_config;
    return {
      signal: how.signal ?? own?.signal ?? "SIGINT",
      timeoutMs: how.timeoutMs ?? durationMs(own?.timeout, 5_000),
    };
  }

  /** Queues a job that brings the runner to the record's `desired`, after ending what runs if `stopFirst` is given. */
  function settle(machine: MachineRecord, stopFirst?: StopHow): void {
    const epoch = (epochs.get(machine.id) ?? 0) + 1;
    epochs.set(machine.id, epoch);
    delays.get(machine.id)?.();
    enqueue(machine, epoch, stopFirst);
  }

  function enqueue(machine: MachineRecord, epoch: number, stopFirst?: StopHow): void {
    const job = (queues.get(machine.id) ?? Promise.resolve())
      .then(() => run(machine, () => epoch === epochs.get(machine.id) && !closing, stopFirst))
      .catch((error: unknown) => log(`Machine ${machine.name} (${machine.id}): ${String(error)}`));
    queues.set(machine.id, job);
  }

  async function run(
    machine: MachineRecord,
    isCurrent: () => boolean,
    stopFirst: StopHow | undefined,
  ): Promise<void> {
    if (stopFirst !== undefined && startedAt.has(machine.id)) {
      const exit = await runner.stop(machine.id, stopFirst);
      startedAt.delete(machine.id);
      machine.checks = timed(unstartedChecks(machine.config));
      move(machine, machine.state, {
        type: "exit",
        request: exitRequest(machine, exit, false, clock.now()),
      });
    }
    if (!isCurrent()) return;
    revert(ports, machine);
    if (machine.desired === "destroyed") return remove(machine);
    if (machine.desired === "stopped") return move(machine, "stopped", { type: "stop" });
    if (machine.desired === "suspended") return move(machine, "suspended", { type: "suspend" });
    if (startedAt.has(machine.id)) {
      if (machine.state === "started") return;
      runner.resume(machine.id);
      return move(machine, "started", { type: "start" });
    }
    await launch(machine, isCurrent);
  }

  async function launch(machine: MachineRecord, isCurrent: () => boolean): Promise<void> {
    machine.checks = timed(unstartedChecks(machine.config));
    move(machine, "starting");
    await delay(machine);
    if (!isCurrent()) return;
    const { instance_id: instance } = machine;
    try {
      const guest = guestOf(store, octet, machine);
      await runner.start(guest, {
        onChecks: (checks) => onChecks(machine, instance, checks),
        onExit: (exit) => onExit(machine, exit),
      });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log(`Machine ${machine.name} (${machine.id}) can't be started: ${message}`);
      if (!isCurrent()) return;
      machine.desired = "stopped";
      const exit: Exit = { exitCode: 1, signal: -1, requested: false };
      const request = { ...exitRequest(machine, exit, false, clock.now()), message };
      return move(machine, "failed", { type: "exit", request });
    }
    startedAt.set(machine.id, clock.now());
    if (isCurrent()) move(machine, "started", { type: "start" });
  }

  async function delay(machine: MachineRecord): Promise<void> {
    const { boot_delay_ms: ms } = machine;
    if (ms === undefined) return;
    machine.boot_delay_ms = undefined;
    const over = Promise.withResolvers<void>();
    const cancel = clock.after(ms, over.resolve);
    delays.set(machine.id, over.resolve);
    await over.promise;
    delays.delete(machine.id);
    cancel();
  }

  async function remove(machine: MachineRecord): Promise<void> {
    await runner.remove(machine.id);
    detachVolumes(store, machine);
    machine.checks = [];
    machine.lease = undefined;
    move(machine, "destroyed", { type: "destroy" });
  }

  function onChecks(
    machine: MachineRecord,
    instance: string,
    checks: readonly GuestCheckResult[],
  ): void {
    if (closing || machine.instance_id !== instance || machine.state === "destroyed") return;
    machine.checks = timed(checks, machine.checks);
    store.machines.put(machine.id, machine);
  }

  function onExit(machine: MachineRecord, exit: Exit): void {
    if (closing || !startedAt.has(machine.id)) return;
    const ranMs = clock.now() - (startedAt.get(machine.id) ?? 0);
    startedAt.delete(machine.id);
    // A request that is on its way decides what happens next.
    if (machine.state !== "started" && machine.state !== "starting") return;
    machine.checks = timed(unstartedChecks(machine.config));
    if (machine.config.auto_destroy) return destroy(machine, true);
    if (ranMs > STABLE_MS) machine.restart_count = 0;
    const restarting = restartsAfter(machine, exit);
    const event = {
      type: "exit",
      request: exitRequest(machine, exit, restarting, clock.now()),
    } as const;
    if (!restarting) {
      machine.desired = "stopped";
      return move(machine, "stopped", event);
    }
    const backoffMs = Math.min(30_000, 200 * 2 ** machine.restart_count);
    machine.restart_count += 1;
    move(machine, "restarting", event);
    const epoch = epochs.get(machine.id) ?? 0;
    clock.after(backoffMs, () => enqueue(machine, epoch));
  }

  /** What was asked of the Machine while its host was away is done now, or forgotten. */
  function findHost(machine: MachineRecord): void {
    if (closing || machine.host_away === undefined) return;
    if (returnHost(store, machine)) settle(machine, stopHow(machine));
    else move(machine, machine.state);
  }

  function timed(
    checks: readonly GuestCheckResult[],
    before: MachineRecord["checks"] = [],
  ): MachineRecord["checks"] {
    const now = new Date(clock.now()).toISOString();
    return checks.map((check) => {
      const old = before.find(({ name }) => name === check.name);
      return { ...check, updated_at: old?.status === check.status ? old.updated_at : now };
    });
  }

  function destroy(machine: MachineRecord, force: boolean): void {
    machine.desired = "destroyed";
    if (machine.host_away !== undefined) {
      // Taken out of the books; what runs on the host learns of it when the host is back.
      epochs.set(machine.id, (epochs.get(machine.id) ?? 0) + 1);
      detachVolumes(store, machine);
      machine.lease = undefined;
      return move(machine, "destroyed", { type: "destroy", source: "user" });
    }
    move(machine, "destroying", { type: "destroy", source: "user" });
    settle(machine, force ? { signal: "SIGKILL", timeoutMs: 0 } : stopHow(machine));
  }

  return {
    add(machine, { stuck = false } = {}) {
      machine.checks = timed(unstartedChecks(machine.config));
      move(machine, "created", { type: "launch", source: "user" });
      if (machine.desired === "started" && !stuck) settle(machine);
    },
    replace(machine, skipLaunch) {
      // An update throws a suspended Machine's memory away.
      if (machine.state === "suspended") machine.state = "stopped";
      const ran = RUNNING.includes(machine.state);
      machine.restart_count = 0;
      machine.checks = timed(unstartedChecks(machine.config));
      machine.desired = skipLaunch ? "stopped" : "started";
      // A Machine that isn't running and isn't to be launched keeps its state under the new version.
      const state = ran ? "replacing" : skipLaunch ? machine.state : "starting";
      const stays = !ran && skipLaunch;
      move(machine, state, { type: "update", source: "user" });
      const isLeftover = !ran && startedAt.has(machine.id);
      if (!stays || isLeftover || machine.state === "stopping" || machine.reverts_to !== undefined)
        settle(machine, stopHow(machine));
    },
    start(machine) {
      machine.desired = "started";
      if (RUNNING.includes(machine.state)) return;
      machine.restart_count = 0;
      move(machine, "starting", { type: "start", source: "user" });
      settle(machine);
    },
    stop(machine, how) {
      machine.desired = "stopped";
      if (![...RUNNING, "suspended"].includes(machine.state)) return;
      move(machine, "stopping", { type: "stop", source: "user" });
      settle(machine, stopHow(machine, how));
    },
    restart(machine, how) {
      machine.desired = "started";
      machine.restart_count = 0;
      move(machine, "restarting", { type: "restart", source: "user" });
      settle(machine, stopHow(machine, how));
    },
    suspend(machine) {
      if (machine.state !== "started") return true;
      if (!runner.suspend(machine.id)) return false;
      machine.desired = "suspended";
      move(machine, "suspending", { type: "suspend", source: "user" });
      settle(machine);
      return true;
    },
    destroy,
    loseHost(machine, { ms, returnsOld }) {
      const until = clock.now() + ms;
      loseHost(store, machine, { until, returnsOld });
      clock.after(ms, () => findHost(machine));
    },
    note: (machine, type) => move(machine, machine.state, { type, source: "user" }),
    settled: (id) => queues.get(id ?? "") ?? Promise.resolve(),
    async resume() {
      const old = clock.now() - DESTROYED_KEPT_MS;
      for (const machine of store.machines.all()) {
        if (machine.host_away !== undefined) returnHost(store, machine);
      }
      for (const { id, state, updated_at } of store.machines.all()) {
        if (state === "destroyed" && Date.parse(updated_at) < old) store.machines.remove(id);
      }
      const alive = store.machines.all().filter(({ state }) => state !== "destroyed");
      // Before the first await: nobody may see as started or passing what doesn't run yet.
      for (const machine of alive) {
        machine.checks = timed(unstartedChecks(machine.config));
        if (machine.desired === "started") move(machine, "starting");
        else if (machine.desired === "destroyed") move(machine, "destroying");
        else if (machine.state !== "created" && machine.state !== "failed") {
          machine.desired = "stopped"; // what was suspended has lost its memory
          move(machine, "stopped");
        }
      }
      await runner.recover(alive.map(({ id }) => id));
      for (const machine of alive) if (machine.desired !== "stopped") settle(machine);
    },
    async shutdown() {
      closing = true;
      for (const cut of delays.values()) cut();
      const machines = store.machines.all().filter(({ state }) => state !== "destroyed");
      await Promise.all(
        machines.map(async (machine) => {
          // Not behind the queue: a start that takes long is cut short by this stop.
          await runner.stop(machine.id, stopHow(machine));
          await queues.get(machine.id);
          await runner.stop(machine.id, stopHow(machine));
        }),
      );
    },
  };
}

function restartsAfter(machine: MachineRecord, exit: Exit): boolean {
  const { policy, max_retries: retries = 10 } = machine.config.restart ?? {};
  if (policy === "always") return true;
  if (policy === "no") return false;
  return exit.exitCode !== 0 && machine.restart_count < retries;
}

function exitRequest(machine: MachineRecord, exit: Exit, restarting: boolean, now: number): object {
  return {
    exit_event: {
      exit_code: exit.exitCode,
      guest_exit_code: exit.exitCode,
      guest_signal: exit.signal,
      signal: exit.signal,
      oom_killed: false,
      requested_stop: exit.requested,
      restarting,
      exited_at: new Date(now).toISOString(),
    },
    restart_count: machine.restart_count,
  };
}
