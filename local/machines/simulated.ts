/**
 * Simulates Machines without processes: seeded latencies, and checks that pass a little later. With `broken` in the image
 * reference the checks never pass, with `unstartable` the Machine doesn't start.
 */
import { checksOf } from "./checks.ts";
import { sleep, type Clock } from "../../lib/clock.ts";
import { between, type Random } from "./random.ts";
import type {
  GuestCheckResult,
  ExecResult,
  Exit,
  Guest,
  MachineRunner,
  MachineWatcher,
} from "./runner.ts";
import { runSimulated } from "./simulated-exec.ts";

interface SimulatedMachine {
  readonly guest: Guest;
  readonly watcher: MachineWatcher;
  readonly files: Map<string, string>;
  readonly cancel: () => void;
}

/** Latencies in milliseconds of the clock: start 20–120, checks 50–250 after that, stop 10–60. */
export function createSimulatedRunner(ports: { clock: Clock; random: Random }): MachineRunner {
  const { clock, random } = ports;
  const running = new Map<string, SimulatedMachine>();
  const suspended = new Set<string>();
  // As on a real volume, files written by exec survive a reboot when a volume is mounted.
  const volumes = new Map<string, Map<string, string>>();

  return {
    kind: "simulated",
    async start(guest, watcher) {
      const image = guest.config.image ?? "";
      await sleep(clock, between(random, 20, 120));
      if (image.includes("unstartable")) {
        throw new Error(`the image ${image} can't be started (simulated)`);
      }
      const volume = guest.config.mounts?.[0]?.volume;
      const files = (volume && volumes.get(volume)) || new Map<string, string>();
      if (volume) volumes.set(volume, files);
      const healthy = !image.includes("broken");
      const results = checksOf(guest.config).map(({ name }): GuestCheckResult =>
        healthy
          ? { name, status: "passing", output: "200 OK (simulated)" }
          : { name, status: "critical", output: `the image ${image} never passes (simulated)` },
      );
      const cancel = clock.after(between(random, 50, 250), () => watcher.onChecks(results));
      running.set(guest.id, { guest, watcher, files, cancel });
    },
    async stop(id) {
      suspended.delete(id);
      const machine = running.get(id);
      const exit: Exit = { exitCode: 0, signal: -1, requested: true };
      if (machine === undefined) return exit;
      machine.cancel();
      await sleep(clock, between(random, 10, 60));
      running.delete(id);
      return exit;
    },
    signal(id, signal) {
      const machine = running.get(id);
      if (machine === undefined || suspended.has(id)) return false;
      if (signal === "SIGKILL") {
        machine.cancel();
        running.delete(id);
        machine.watcher.onExit({ exitCode: 137, signal: 9, requested: false });
      }
      return true;
    },
    exec(id, request): Promise<ExecResult | undefined> {
      const machine = suspended.has(id) ? undefined : running.get(id);
      return Promise.resolve(machine && runSimulated(request, machine.guest, machine.files));
    },
    processes(id) {
      const machine = running.get(id);
      return Promise.resolve(machine ? [{ pid: 1, command: "/flotilla/bin/entry" }] : []);
    },
    remove(id) {
      running.delete(id);
      return Promise.resolve();
    },
    removeVolume(volume) {
      volumes.delete(volume);
      return Promise.resolve();
    },
    copyVolume(from, to) {
      volumes.set(to, new Map(volumes.get(from)));
      return Promise.resolve();
    },
    suspend(id) {
      if (running.has(id)) suspended.add(id);
      return true;
    },
    resume: (id) => void suspended.delete(id),
    recover: () => Promise.resolve(),
  };
}
