/** Autostop and autostart: Fly Proxy stops Machines without load and starts them again, between the edges and the Fly API. */
import type { Clock } from "../../lib/clock.ts";
import { chooseToStop } from "../edge/choose-to-stop.ts";
import { isRoutable } from "../edge/edge-machine.ts";
import type { Lifecycle } from "../fly/lifecycle/lifecycle.ts";
import type { MachineRecord } from "../fly/store/records.ts";
import type { FlyStore } from "../fly/store/store.ts";

export interface AutostopPorts {
  readonly store: FlyStore;
  readonly lifecycle: Lifecycle;
  readonly clock: Clock;
  /** Open connections by Machine id. */
  readonly connections: ReadonlyMap<string, number>;
  readonly log: (line: string) => void;
  /** Time from one pass to the next. */
  readonly everyMs: number;
}

export interface Autostop {
  /** Makes one pass: stops or suspends at most one Machine per app and region; returns their names. */
  pass(): readonly string[];
  /** Starts a stopped or suspended Machine; resolves when it takes connections, or after 30 s at the latest. Never rejects. */
  start(id: string): Promise<void>;
  /** Ends the passes. */
  close(): void;
}

const START_LIMIT_MS = 30_000;

export function startAutostop(ports: AutostopPorts): Autostop {
  const { store, lifecycle, clock, connections, log, everyMs } = ports;
  let cancel = (): void => undefined;

  function pass(): readonly string[] {
    return chooseToStop(store.machines.all(), connections).flatMap(({ machine: { id }, how }) => {
      const machine = store.machines.get(id);
      if (machine === undefined) return [];
      if (how === "stop" || !lifecycle.suspend(machine)) lifecycle.stop(machine);
      log(`autostop: ${machine.app} ${machine.name} ${how}`);
      return [machine.name];
    });
  }

  function schedule(): void {
    cancel = clock.after(everyMs, () => {
      pass();
      schedule();
    });
  }

  async function start(id: string): Promise<void> {
    const machine = store.machines.get(id);
    if (machine === undefined) return;
    const over = Promise.withResolvers<void>();
    const check = (): void => {
      if (isDecided(machine)) over.resolve();
    };
    const unwatch = store.watchMachine(id, check);
    const cancelLimit = clock.after(START_LIMIT_MS, over.resolve);
    log(`autostart: ${machine.app} ${machine.name} start`);
    lifecycle.start(machine);
    check();
    await over.promise;
    unwatch();
    cancelLimit();
  }

  schedule();
  return { pass, start, close: () => cancel() };
}

/** Whether the Machine takes connections, or never will. */
function isDecided(machine: MachineRecord): boolean {
  return isRoutable(machine) || machine.state === "failed" || machine.state === "destroyed";
}
