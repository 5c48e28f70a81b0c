import { execa } from "execa";
import { expect, test } from "vitest";
import { depth } from "../../kit/depth.ts";
import { firstFault, formatOutcome } from "./seeds.ts";
import { simulate } from "./simulate.ts";

/** To run more of them on all processors: `npm run test:simulation:controller`. */
const seeds = depth(200, 10_000);

test(`${seeds} lives of a controller keep bounds, ends, windows and silence`, () => {
  const fault = firstFault(seeds);
  expect(fault === undefined ? "none" : formatOutcome(fault)).toBe("none");
});

test("a seed determines the whole life", () => {
  expect(simulate(1)).toEqual(simulate(1));
  expect(simulate(1).story.length).toBeGreaterThan(2);
});

test("the run on all processors counts every seed", async () => {
  const script = new URL("run.ts", import.meta.url).pathname;
  const { stdout } = await execa(process.execPath, [script, "11", "40"]);
  expect(stdout).toMatch(/^40 seeds in \S+ s, 0 failed$/mu);
});
