import { execa } from "execa";

/** Mutants of a simulation in their order, each with the first seed that shows a fault; without one, it went unnoticed. */
export async function seeMutants(
  simulation: "simulation" | "loop-simulation",
  seeds: number,
): Promise<readonly { readonly name: string; readonly seed?: number }[]> {
  const script = new URL("mutants-run.ts", import.meta.url).pathname;
  const { stdout } = await execa(process.execPath, [script, simulation, String(seeds)]);
  return stdout
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly name: string; readonly seed?: number });
}
