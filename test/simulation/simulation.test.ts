import { expect, test } from "vitest";

import { depth } from "../kit/depth.ts";
import { firstFault, formatOutcome, withBackend } from "./seeds.ts";
import { simulate } from "./simulate.ts";

/** As many as fit into `npm test`; `npm run test:simulation` runs more on all processors. */
const seeds = depth(60, 3_000);

test(`${seeds} simulated fleets with faults and crashes all end as their spec says`, async () => {
  const fault = await withBackend((backend) => firstFault(seeds, { backend }));
  expect(fault === undefined ? "none" : formatOutcome(fault)).toBe("none");
});

test("a seed determines the whole simulation", async () => {
  const [one, other] = await withBackend(async (backend) => [
    await simulate(7, { backend }),
    await simulate(7, { backend }),
  ]);
  const withoutIds = (text: string): string =>
    text.replaceAll(/\b[0-9a-f]{14}\b|\b01[0-9A-Z]+/g, "ID");
  expect(one.story.map(withoutIds)).toEqual(other.story.map(withoutIds));
  expect(one.story.length).toBeGreaterThan(2);
});
