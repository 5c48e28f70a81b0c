import { expect, test } from "vitest";

import { bucketOf, createRateLimiter } from "../../../../providers/fly/api/rate-limiter.ts";
import { createSimulationClock } from "../../../kit/simulation-clock.ts";
import { machineInputs } from "../cloud.ts";
import { convergeMachine } from "../../../../providers/fly/machine.ts";
import { startVirtualCloud } from "../virtual-cloud.ts";

const create = "POST apps/acme/machines";

/** Returns the milliseconds from now at which each call was sent. */
async function times(
  calls: number,
  bucket: string,
  prepare: (limit: ReturnType<typeof createRateLimiter>) => void = () => {},
): Promise<number[]> {
  const clock = createSimulationClock();
  const limit = createRateLimiter({ clock, random: () => 0.5 });
  const began = clock.now();
  prepare(limit);
  const gone: number[] = [];
  await clock.drive(
    Promise.all(
      Array.from({ length: calls }, async () => {
        await limit.acquire(bucket);
        gone.push(clock.now() - began);
      }),
    ),
  );
  return gone;
}

test("three calls at once, then one each second", async () => {
  expect(await times(6, create)).toEqual([0, 0, 0, 1_000, 2_000, 3_000]);
});

test("reads of one Machine: ten at once, then five each second", async () => {
  const gone = await times(12, "GET apps/acme/machines/0123456789abcd");
  expect(gone.slice(9)).toEqual([0, 200, 400]);
});

test("a call waits for its own bucket only", async () => {
  const clock = createSimulationClock();
  const limit = createRateLimiter({ clock, random: () => 0 });
  const began = clock.now();
  const many = Promise.all(Array.from({ length: 9 }, () => limit.acquire(create)));
  await clock.drive(limit.acquire("POST apps/other/machines"));
  expect(clock.now()).toBe(began);
  await clock.drive(many);
});

test("after a 429 the whole bucket backs off for a little longer than Fly named, then sends calls one by one", async () => {
  expect(await times(3, create, (limit) => limit.backOff(create, 4_000))).toEqual([
    5_000, 6_000, 7_000,
  ]);
  expect((await times(1, create, (limit) => limit.backOff(create, undefined)))[0]).toBe(1_250);
});

test.each([
  ["POST", "apps/a/machines/m/metadata/active", "POST apps/a/machines/m/metadata"],
  ["POST", "apps/a/machines/m/start", "POST apps/a/machines/m/start"],
  ["GET", "apps/a/machines", "GET apps/a/machines"],
])("%s %s counts as %s", (method, path, bucket) => {
  expect(bucketOf(method, path)).toBe(bucket);
});

test("a fleet's creates stay within Fly's rate limit: none is refused", async () => {
  const cloud = await startVirtualCloud({ limits: true });
  const fly = cloud.nextRun();
  const names = Array.from({ length: 8 }, (_, index) => `iad-${index}`);
  await cloud.drive(
    Promise.all(
      names.map((name) => convergeMachine(fly, machineInputs(cloud.appId, { name }), {})),
    ),
  );
  const statuses = cloud.api.calls.list(0).map(({ status }) => status);
  expect(statuses).not.toContain(429);
  expect(cloud.api.store.machines.all()).toHaveLength(8);
});

test("two processes that share a bucket finish in little more than the time that the rate allows", async () => {
  const cloud = await startVirtualCloud({ limits: true });
  const began = cloud.clock.now();
  const regions = ["iad", "fra"];
  await cloud.drive(
    Promise.all(
      regions.flatMap((region) => {
        const fly = cloud.nextRun();
        return Array.from({ length: 10 }, (_, index) =>
          convergeMachine(
            fly,
            machineInputs(cloud.appId, { name: `${region}-${index}`, region }),
            {},
          ),
        );
      }),
    ),
  );
  expect(cloud.api.store.machines.all()).toHaveLength(20);
  // 20 creates from a bucket of 3 that gets one each second, after one canary's boot.
  expect((cloud.clock.now() - began) / 1_000).toBeLessThan(17 * 1.25 + 2);
});
