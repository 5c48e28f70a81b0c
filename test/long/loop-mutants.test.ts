import { expect, test } from "vitest";
import { mutants } from "../controller/loop-simulation/mutants.ts";
import { seeMutants } from "../controller/see-mutants.ts";

const seeds = 150;

test(`the loop's simulation notices every mutant within ${seeds} seeds`, async () => {
  const seen = await seeMutants("loop-simulation", seeds);
  expect(seen.map(({ name }) => name)).toEqual(Object.keys(mutants));
  expect(seen.filter(({ seed }) => seed === undefined)).toEqual([]);
});
