import { execa } from "execa";
import { expect, test } from "vitest";
import { mutants } from "./mutants.ts";

const seeds = 1_000;

test(`every mutant is noticed within ${seeds} seeds`, async () => {
  const script = new URL("../mutants-run.ts", import.meta.url).pathname;
  const { stdout } = await execa(process.execPath, [script, "simulation", String(seeds)]);
  const seen = stdout
    .split("\n")
    .map((line) => JSON.parse(line) as { name: string; seed?: number });
  expect(seen.map(({ name }) => name)).toEqual(Object.keys(mutants));
  expect(seen.filter(({ seed }) => seed === undefined)).toEqual([]);
}, 120_000);
