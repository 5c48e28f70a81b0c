import { expect, test } from "vitest";
import { decide } from "../../../controller/autoscale/decide.ts";
import { resumeAfterPause } from "../../../controller/autoscale/history.ts";
import { NOTHING_REMEMBERED } from "../../../controller/autoscale/state.ts";
import { AT_ONCE, policy, QUEUE } from "./policy.ts";
import { watch } from "./watch.ts";
import type { Watch } from "./watch.ts";

/** A service that its queue has brought from 3 to 7, at second 0. */
function busy(own: Parameters<typeof policy>[0] = {}): Watch {
  const watched = watch(policy({ ...AT_ONCE, ...own }));
  expect(watched.at(0, { [QUEUE]: 700 }).count).toBe(7);
  return watched;
}

test("before anything is heard the spec's count holds", () => {
  const { count, validUntilSeconds, reason } = watch(policy()).at(0, {});
  expect({ count, validUntilSeconds }).toEqual({});
  expect(reason).toBe(
    "no metric has a usable sample, so the spec's 3 holds: queue_depth JOBS workers: no sample, so it holds 3",
  );
});

test.each([
  ["nothing", {}],
  ["a stale sample", { [QUEUE]: { old: 46, value: 0 } }],
  ["a sample from the future", { [QUEUE]: { old: -5, value: 0 } }],
  ["a failure", { [QUEUE]: { error: "jsz answers 503" } }],
  ["no number", { [QUEUE]: Number.NaN }],
  ["less than nothing", { [QUEUE]: -1 }],
  ["an incomplete sample", { [QUEUE]: { atSeconds: 300, value: 0, missing: 1 } }],
])("%s scales nothing in", (_what, heard) => {
  const decision = busy().at(300, heard);
  expect(decision.count).toBe(7);
  expect(decision.reason).toContain("so it holds 7");
});

test("a sample of three intervals ago still counts", () => {
  expect(busy().at(300, { [QUEUE]: { old: 45, value: 0 } }).count).toBe(1);
});

test("after the time to hold the spec's count is back, said in advance", () => {
  const watched = busy();
  const last = watched.at(15, { [QUEUE]: { old: 5, value: 700 } });
  expect(last.validUntilSeconds).toBe(610);
  for (let at = 30; at < 610; at += 15)
    expect(watched.at(at, {})).toMatchObject({ count: 7, validUntilSeconds: 610 });
  expect(watched.at(610, {}).count).toBeUndefined();
});

test("what stood before a long absence isn't taken up again", () => {
  const watched = busy({ down: policy().down });
  expect(watched.at(3_600, { [QUEUE]: 300 }).count).toBe(3);
});

test("an incomplete sample still scales out, by what it did measure", () => {
  const decision = busy().at(15, { [QUEUE]: { atSeconds: 15, value: 900, missing: 2 } });
  expect(decision.count).toBe(9);
});

test("one metric is silent, the other speaks: no scale-in until the time is up, then the spec's count at least", () => {
  const both = policy({ ...AT_ONCE, metrics: [...policy().metrics, { type: "cpu", target: 1 }] });
  const watched = watch(both);
  expect(watched.at(0, { [QUEUE]: 100, cpu: 8 }).count).toBe(8);
  for (let at = 15; at < 600; at += 15) expect(watched.at(at, { [QUEUE]: 100 }).count).toBe(8);
  const after = watched.at(600, { [QUEUE]: 100 });
  expect(after.count).toBe(3);
  expect(after.reason).toBe("cpu: no sample, so it is back to the spec's 3");
  expect(watched.at(615, { [QUEUE]: 900 }).count).toBe(9);
});

test("a metric that comes to the spec holds what there is until it is heard", () => {
  const watched = busy();
  watched.setPolicy(
    policy({ ...AT_ONCE, metrics: [...policy().metrics, { type: "cpu", target: 1 }] }),
  );
  expect(watched.at(15, { [QUEUE]: 100 }).count).toBe(7);
  expect(watched.at(30, { [QUEUE]: 100, cpu: 1 }).count).toBe(2);
});

test("a clock that is put back makes nothing stand longer than the time to hold", () => {
  const watched = busy();
  expect(watched.at(-5_000, {})).toMatchObject({ count: 7, validUntilSeconds: -4_400 });
  expect(watched.at(-4_400, {}).count).toBeUndefined();
});

test("a pause doesn't count as silence, and the windows begin anew after it", () => {
  const policyAfter = policy({ ...AT_ONCE, down: { ...AT_ONCE.down, windowSeconds: 60 } });
  const { state } = decide(
    NOTHING_REMEMBERED,
    { running: 3, readings: { [QUEUE]: { atSeconds: 0, value: 700, missing: 0 } } },
    policyAfter,
    0,
  );
  const nothing = { running: 7, readings: {} };
  const kept = resumeAfterPause(state, 3_600);
  expect(decide(state, nothing, policyAfter, 3_601).count).toBeUndefined();
  expect(decide(kept, nothing, policyAfter, 3_601)).toMatchObject({
    count: 7,
    validUntilSeconds: 4_200,
  });
  const empty = { running: 7, readings: { [QUEUE]: { atSeconds: 3_601, value: 0, missing: 0 } } };
  expect(decide(kept, empty, policyAfter, 3_601).count).toBe(7);
});
