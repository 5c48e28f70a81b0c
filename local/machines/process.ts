/** Runs Machines as processes of this computer: each with a root folder, a loopback address, and the image's entry script. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, closeSync } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import { messageOf } from "../../lib/message-of.ts";
import { guestCommand, guestEnvironment } from "./environment.ts";
import { execInGuest } from "./exec.ts";
import { buildRoot, type LayoutPorts } from "./layout.ts";
import { assertLoopback } from "./loopback.ts";
import { probeChecks } from "./probe.ts";
import type { Exit, Guest, MachineRunner, MachineWatcher } from "./runner.ts";
import { stopEntry } from "./stop-entry.ts";
import { commandOf, processesOf, killOrphans } from "./kill-orphans.ts";
import { translateValues, type Translation } from "./translate.ts";

export interface ProcessRunnerPorts extends Omit<LayoutPorts, "volumeDir"> {
  /** Machines are under `<dir>/machines/<id>`, volumes under `<dir>/volumes/<id>`. */
  readonly dir: string;
}

interface ProcessMachine {
  readonly child: ChildProcess;
  readonly environment: Readonly<Record<string, string>>;
  readonly translation: Translation;
  readonly endProbes: () => void;
  /** Resolves when the entry process has ended and its leftovers are killed. */
  readonly ended: Promise<Exit>;
  stopping: boolean;
}

export function createProcessRunner(ports: ProcessRunnerPorts): MachineRunner {
  const running = new Map<string, ProcessMachine>();
  const machineDir = (id: string): string => join(ports.dir, "machines", id);
  const volumeDir = (id: string): string => join(ports.dir, "volumes", id);

  async function start(guest: Guest, watcher: MachineWatcher): Promise<void> {
    const root = join(machineDir(guest.id), "flotilla");
    const translation: Translation = { root, address: guest.address, resolve: guest.resolve };
    await assertLoopback(guest.address);
    await killOrphans([guest.id]);
    await buildRoot({ ...ports, volumeDir }, guest, translation);
    const environment = guestEnvironment(guest, translation);
    const child = await launch(guest, translation, environment);
    const ended = Promise.withResolvers<Exit>();
    const machine: ProcessMachine = {
      child,
      environment,
      translation,
      endProbes: probeChecks(guest, (checks) => watcher.onChecks(checks)),
      ended: ended.promise,
      stopping: false,
    };
    running.set(guest.id, machine);
    child.once("exit", (code, signal) => {
      machine.endProbes();
      const exit = exitOf(code, signal, machine.stopping);
      if (machine.stopping) return ended.resolve(exit);
      running.delete(guest.id);
      // Processes that it left behind would keep the ports occupied for the next start.
      void killOrphans([guest.id]).finally(() => {
        ended.resolve(exit);
        watcher.onExit(exit);
      });
    });
  }

  async function launch(
    guest: Guest,
    { root }: Translation,
    environment: Readonly<Record<string, string>>,
  ): Promise<ChildProcess> {
    const [command = "", ...args] = guestCommand(guest, {
      root,
      address: guest.address,
      resolve: guest.resolve,
    });
    mkdirSync(machineDir(guest.id), { recursive: true });
    const log = openSync(join(machineDir(guest.id), "log"), "a", 0o600);
    try {
      // A session of its own, so that Ctrl-C in the cloud's terminal doesn't reach it.
      const child = spawn(command, args, {
        cwd: root,
        env: environment,
        detached: true,
        stdio: ["ignore", log, log],
      });
      await once(child, "spawn");
      return child;
    } catch (error) {
      throw new Error(`${command} can't be run: ${messageOf(error)}`, {
        cause: error,
      });
    } finally {
      closeSync(log);
    }
  }

  async function stop(id: string, how: { signal: string; timeoutMs: number }): Promise<Exit> {
    const machine = running.get(id);
    if (machine === undefined) {
      await killOrphans([id]);
      return { exitCode: 0, signal: -1, requested: true };
    }
    machine.stopping = true;
    machine.endProbes();
    stopEntry(id, machine.child, how);
    const exit = await machine.ended;
    await killOrphans([id]);
    running.delete(id);
    return exit;
  }

  return {
    kind: "process",
    start,
    stop,
    signal: (id, signal) => running.get(id)?.child.kill(signal as NodeJS.Signals) ?? false,
    exec(id, request) {
      const machine = running.get(id);
      if (machine === undefined) return Promise.resolve(undefined);
      const { translation, environment } = machine;
      const indexed = Object.fromEntries(request.command.entries());
      const command = Object.values(translateValues(indexed, translation));
      return execInGuest({ ...request, command }, { cwd: translation.root, environment });
    },
    processes: (id) =>
      Promise.resolve(processesOf([id]).map((pid) => ({ pid, command: commandOf(pid) }))),
    async remove(id) {
      await stop(id, { signal: "SIGKILL", timeoutMs: 0 });
      await rm(machineDir(id), { recursive: true, force: true });
    },
    removeVolume: (volume) => rm(volumeDir(volume), { recursive: true, force: true }),
    async copyVolume(from, to) {
      await cp(volumeDir(from), volumeDir(to), { recursive: true }).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      });
    },
    // Not possible: a stopped process would lose its connections, and there is no snapshot of its memory.
    suspend: () => false,
    resume: () => undefined,
    recover: killOrphans,
  };
}

function exitOf(code: number | null, signal: NodeJS.Signals | null, requested: boolean): Exit {
  const number = signal === null ? -1 : constants.signals[signal];
  return { exitCode: code ?? 128 + number, signal: number, requested };
}
