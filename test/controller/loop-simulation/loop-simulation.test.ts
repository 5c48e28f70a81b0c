import { expect, test } from "vitest";
import { depth } from "../../kit/depth.ts";
import { firstFault, formatOutcome } from "./seeds.ts";
import { simulate } from "./simulate.ts";

/** To run more of them on all processors: `npm run test:simulation:loop`. */
const seeds = depth(8, 150);

test(`${seeds} lives of a fleet and its controllers`, async () => {
  const fault = await firstFault(seeds);
  expect(fault === undefined ? "none" : formatOutcome(fault)).toBe("none");
});

test("a seed determines the whole life", async () => {
  expect(await simulate(1)).toEqual(await simulate(1));
});
