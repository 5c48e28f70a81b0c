import { expect, test } from "vitest";
import { AT_ONCE, policy, QUEUE } from "./policy.ts";
import { watch } from "./watch.ts";
import type { Watch } from "./watch.ts";

/** Looks every 15 s, with one lag for all. */
function counts(watched: Watch, from: number, to: number, lag: number): (number | undefined)[] {
  const found = [];
  for (let at = from; at <= to; at += 15) found.push(watched.at(at, { [QUEUE]: lag }).count);
  return found;
}

test("up: at most 4 or twice as many in a minute, and a rest of 30 s between", () => {
  const full = watch(policy({ max: 100 }));
  const first = full.at(0, { [QUEUE]: 9_000 });
  expect(first.count).toBe(7);
  expect(first.reason).toBe(
    "queue_depth JOBS workers: 9000 messages at 100 per replica need 90; at most 4 or 100 % in 60 s",
  );
  expect(full.at(15, { [QUEUE]: 9_000 }).reason).toContain("cooldown of 30 s after a change");
  expect(counts(full, 30, 120, 9_000)).toEqual([7, 7, 14, 14, 14, 14, 28]);
});

test("down: only after five minutes in which nothing asked for more, then one at a time", () => {
  const empty = watch(policy());
  expect(counts(empty, 0, 285, 0).every((count) => count === 3)).toBe(true);
  expect(empty.at(290, { [QUEUE]: 0 }).reason).toContain("the largest of the last 300 s counts");
  expect(empty.at(300, { [QUEUE]: 0 }).count).toBe(2);
  expect(counts(empty, 315, 585, 0).every((count) => count === 2)).toBe(true);
  expect(empty.at(600, { [QUEUE]: 0 }).count).toBe(1);
});

test("a single full look begins the window of scaling down again", () => {
  const empty = watch(policy());
  counts(empty, 0, 135, 0);
  expect(empty.at(150, { [QUEUE]: 300 }).count).toBe(3);
  expect(counts(empty, 165, 435, 0).every((count) => count === 3)).toBe(true);
  expect(empty.at(450, { [QUEUE]: 0 }).count).toBe(2);
});

test("a spike shorter than the window of scaling up is not followed", () => {
  const patient = policy({ ...AT_ONCE, up: { ...AT_ONCE.up, windowSeconds: 60 } });
  const spike = watch(patient);
  counts(spike, 0, 60, 300);
  expect(counts(spike, 75, 105, 900)).toEqual([3, 3, 3]);
  expect(counts(spike, 120, 180, 300)).toEqual([3, 3, 3, 3, 3]);
  expect(counts(spike, 195, 240, 900)).toEqual([3, 3, 3, 9]);
});

test("the rate of scaling down in per cent rounds towards more replicas leaving, and counts what left before", () => {
  const fast = policy({
    ...AT_ONCE,
    replicas: 9,
    down: {
      windowSeconds: 0,
      cooldownSeconds: 0,
      policy: { count: 1, percent: 50, periodSeconds: 60 },
    },
  });
  const empty = watch(fast);
  expect(counts(empty, 0, 60, 0)).toEqual([4, 4, 4, 4, 2]);
});

test("windows begin anew after a gap: what was asked for in it isn't known", () => {
  const empty = watch(policy());
  counts(empty, 0, 285, 0);
  expect(empty.at(345, { [QUEUE]: 0 }).count).toBe(3);
  expect(counts(empty, 360, 630, 0).every((count) => count === 3)).toBe(true);
  expect(empty.at(645, { [QUEUE]: 0 }).count).toBe(2);
});

test("bounds of a new spec hold at once, whatever the rates say", () => {
  const watched = watch(policy());
  watched.at(0, { [QUEUE]: 600 });
  watched.setPolicy(policy({ max: 4 }));
  expect(watched.at(15, { [QUEUE]: 600 }).count).toBe(4);
  watched.setPolicy(policy({ min: 9 }));
  expect(watched.at(30, { [QUEUE]: 0 }).count).toBe(9);
});

test("a longer window in a new spec begins anew: what is older was forgotten", () => {
  const empty = watch(policy());
  counts(empty, 0, 285, 300);
  const { down } = policy();
  empty.setPolicy(policy({ down: { ...down, windowSeconds: 600 } }));
  expect(counts(empty, 300, 885, 0).every((count) => count === 3)).toBe(true);
  expect(empty.at(900, { [QUEUE]: 0 }).count).toBe(2);
});
