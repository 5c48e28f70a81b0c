import { expect, test } from "vitest";
import { seeMutants } from "../see-mutants.ts";
import { mutants } from "./mutants.ts";

const seeds = 1_000;

test(`every mutant is noticed within ${seeds} seeds`, async () => {
  const seen = await seeMutants("simulation", seeds);
  expect(seen.map(({ name }) => name)).toEqual(Object.keys(mutants));
  expect(seen.filter(({ seed }) => seed === undefined)).toEqual([]);
}, 120_000);
