import { expect, test } from "vitest";
import { firstFault, formatOutcome } from "./seeds.ts";
import { simulate } from "./simulate.ts";

/** As many as `npm test` has time for; `npm run test:simulation:loop` runs 1,000. */
const seeds = 20;

test(`${seeds} lives of a fleet and its controllers`, async () => {
  const fault = await firstFault(seeds);
  expect(fault === undefined ? "none" : formatOutcome(fault)).toBe("none");
}, 60_000);

test("a seed is the whole story", async () => {
  expect(await simulate(1)).toEqual(await simulate(1));
});
