/** Autostop and autostart: Fly Proxy's part in the Machines' life, between the edges and the Fly API. */
import { chooseIdle } from "../edge/choose-to-stop.ts";
import { isRoutable } from "../edge/edge-machine.ts";
import type { Lifecycle } from "../fly/lifecycle/lifecycle.ts";
import type { FlyStore } from "../fly/store/store.ts";
import type { Clock } from "../machines/virtual-clock.ts";

export interface SleepPorts {
  readonly store: FlyStore;
  readonly lifecycle: Lifecycle;
  readonly clock: Clock;
  /** Open connections by Machine id. */
  readonly connections: ReadonlyMap<string, number>;
  readonly log: (line: string) => void;
  /** From one pass to the next. */
  readonly everyMs: number;
}

export interface Sleep {
  /** One pass: stops or suspends at most one Machine per app and region; their names. */
  pass(): readonly string[];
  /** Starts a sleeping Machine and resolves when it takes connections, or in 30 s at the latest. Never rejects. */
  wake(id: string): Promise<void>;
  close(): void;
}

const WAKE_LIMIT_MS = 30_000;

export function startSleep(ports: SleepPorts): Sleep {
  const { store, lifecycle, clock, connections, log, everyMs } = ports;
  let cancel = (): void => undefined;

  function pass(): readonly string[] {
    return chooseIdle(store.machines.all(), connections).flatMap(({ machine: { id }, how }) => {
      const machine = store.machines.get(id);
      if (machine === undefined) return [];
      if (how === "stop" || !lifecycle.suspend(machine)) lifecycle.stop(machine);
      log(`autostop: ${machine.app} ${machine.name} sleeps`);
      return [machine.name];
    });
  }

  function plan(): void {
    cancel = clock.after(everyMs, () => {
      pass();
      plan();
    });
  }

  async function wake(id: string): Promise<void> {
    const machine = store.machines.get(id);
    if (machine === undefined) return;
    const over = Promise.withResolvers<void>();
    const look = (): void => {
      if (isRoutable(machine) || machine.state === "failed" || machine.state === "destroyed") {
        over.resolve();
      }
    };
    const unwatch = store.watchMachine(id, look);
    const giveUp = clock.after(WAKE_LIMIT_MS, over.resolve);
    log(`autostart: ${machine.app} ${machine.name} wakes`);
    lifecycle.start(machine);
    look();
    await over.promise;
    unwatch();
    giveUp();
  }

  plan();
  return { pass, wake, close: () => cancel() };
}
