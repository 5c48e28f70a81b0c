import { execa } from "execa";
import { expect, test } from "vitest";
import { mutants } from "../controller/loop-simulation/mutants.ts";

const seeds = 150;

test(`the loop's simulation notices every mutant within ${seeds} seeds`, async () => {
  const script = new URL("../controller/mutants-run.ts", import.meta.url).pathname;
  const { stdout } = await execa(process.execPath, [script, "loop-simulation", String(seeds)]);
  const seen = stdout
    .split("\n")
    .map((line) => JSON.parse(line) as { name: string; seed?: number });
  expect(seen.map(({ name }) => name)).toEqual(Object.keys(mutants));
  expect(seen.filter(({ seed }) => seed === undefined)).toEqual([]);
});
