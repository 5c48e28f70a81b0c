/** Chooses what runs the cloud's Machines. */
import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import { systemClock } from "../../lib/clock.ts";
import { placeAddress } from "../machines/addresses.ts";
import { assertLoopback } from "../machines/loopback.ts";
import { createProcessRunner } from "../machines/process.ts";
import { createRandom } from "../machines/random.ts";
import type { MachineRunner } from "../machines/runner.ts";
import { createSimulatedRunner } from "../machines/simulated.ts";
import type { CloudOptions } from "./options.ts";

/** @throws with a sentence for people, when an executable or the loopback addresses are missing */
export async function openRunner(
  { dir, mode, image, bin, seed = 1 }: CloudOptions,
  octet: number,
): Promise<MachineRunner> {
  if (mode === "simulated") {
    return createSimulatedRunner({ clock: systemClock, random: createRandom(seed) });
  }
  for (const [name, path] of Object.entries(bin)) assertExecutable(name, path);
  await assertLoopback(placeAddress({ octet, appIndex: 0, region: "iad", hostIndex: 0 }) ?? "");
  return createProcessRunner({ dir, image: resolve(image), binaries: bin });
}

function assertExecutable(name: string, path: string): void {
  try {
    accessSync(path, constants.X_OK);
  } catch (cause) {
    throw new Error(
      `${name} is missing or not executable at ${path}: run \`flotilla toolchain install\`, which puts it there`,
      { cause },
    );
  }
}
