import { join } from "node:path";
import { Option } from "commander";
import type { Command } from "commander";
import {
  deployLocally,
  formatGuide,
  stateFolder,
  takeDown,
  watchCloud,
} from "../../../../local-up/index.ts";
import type { CompiledFleet, StateFolder } from "../../../../local-up/index.ts";
import { catchInterruption } from "../../command-line/interruption.ts";
import { localStateOption, parsePort, specsOption } from "../../command-line/options.ts";
import { openDisplay } from "../../output/display.ts";
import type { Display } from "../../output/display.ts";
import { createLocalUpPrinter, ok } from "../../output/local-up-text.ts";
import { requireFleet } from "../../specs/fleet.ts";

/** `flotilla local up`: exits with 130 after Ctrl-C before everything ran, with 0 after Ctrl-C later on. */
export function define(command: Command): void {
  command
    .option("--once", "send one verified request through each edge, stop everything, and exit")
    .addOption(new Option("--detach", "leave everything running and exit").conflicts("once"))
    .option("--simulated", "simulate the Machines: no processes")
    .option("--no-controller", "start no controller: nothing is repaired or scaled by itself")
    .option(
      "--port-base <port>",
      "first of the ports to listen on, those of the APIs, the edges and the controller; 0: any free ports",
      parsePort,
    )
    .addOption(specsOption())
    .addOption(localStateOption())
    .action(runLocalUp);
}

interface LocalUpFlags {
  readonly specs: string;
  readonly state?: string;
  readonly once?: true;
  readonly detach?: true;
  readonly simulated?: true;
  /** Only `--no-controller` sets it. */
  readonly controller?: false;
  readonly portBase?: number;
}

const program = join(import.meta.dirname, "../../flotilla.ts");

async function runLocalUp(flags: LocalUpFlags): Promise<void> {
  const display = openDisplay();
  const folder = stateFolder(flags.state);
  const fleet = await requireFleet(flags.specs);
  const interruption = catchInterruption();
  let keepsRunning = false;
  try {
    await deploy(flags, folder, fleet, display, interruption.signal);
    keepsRunning = flags.detach ?? false;
    if (flags.once || flags.detach) return;
    display.line("Running until Ctrl-C. `npx flotilla local status` shows the hosts.");
    await watchCloud(folder, interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    display.done("interrupted: `npx flotilla local up` goes on from here");
    process.exitCode = 130;
  } finally {
    interruption.release();
    if (!keepsRunning) await stop(folder, display);
    display.close();
  }
}

async function deploy(
  flags: LocalUpFlags,
  folder: StateFolder,
  fleet: CompiledFleet,
  display: Display,
  signal: AbortSignal,
): Promise<void> {
  const hasController = flags.controller !== false && !flags.once;
  const cloud = await deployLocally({
    folder,
    specs: flags.specs,
    fleet,
    simulated: flags.simulated ?? false,
    portBase: flags.portBase,
    controllerProgram: hasController ? program : undefined,
    onEvent: createLocalUpPrinter(display),
    signal,
  });
  if (flags.once) return;
  const { specs, state } = flags;
  display.line(await formatGuide(cloud, fleet, { specs, state, hasController }));
}

async function stop(folder: StateFolder, display: Display): Promise<void> {
  display.step("stopping the local cloud");
  await takeDown(folder, false);
  display.done(ok("stopped; its state is kept, `npx flotilla local down --purge` removes it"));
}
