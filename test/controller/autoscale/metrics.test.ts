import { expect, test } from "vitest";
import type { MetricPolicy } from "../../../controller/autoscale/policy.ts";
import { AT_ONCE, policy, QUEUE } from "./policy.ts";
import { watch } from "./watch.ts";

test.each([
  { lag: 300, count: 3, says: "300 messages at 100 per replica fit 3" },
  { lag: 330, count: 3, says: "fit 3" },
  { lag: 331, count: 4, says: "331 messages at 100 per replica need 4" },
  { lag: 1_000, count: 10, says: "need 10" },
  { lag: 5_000, count: 10, says: "need 50; max is 10" },
  { lag: 271, count: 3, says: "fit 3" },
  // Two would be enough for 200, but without the tolerance as room.
  { lag: 200, count: 3, says: "fit 3" },
  { lag: 180, count: 2, says: "180 messages at 100 per replica need no more than 2" },
  { lag: 0, count: 1, says: "need no more than 0; min is 1" },
])("a queue of $lag with 3 replicas asks for $count", ({ lag, count, says }) => {
  const decision = watch(policy(AT_ONCE)).at(0, { [QUEUE]: lag });
  expect(decision.count).toBe(count);
  expect(decision.reason).toContain(says);
});

test("a queue brings back a service that has scaled to nothing; a metric of the replicas never lets them go", () => {
  const queue = watch(policy({ ...AT_ONCE, min: 0 }));
  expect(queue.at(0, { [QUEUE]: 0 }).count).toBe(0);
  expect(queue.at(15, { [QUEUE]: 0 }).count).toBe(0);
  expect(queue.at(30, { [QUEUE]: 1 }).count).toBe(1);
  for (const type of ["cpu", "memory", "in_flight"] as const) {
    const replicas = watch(policy({ ...AT_ONCE, min: 0, metrics: [{ type, target: 0.7 }] }));
    expect(replicas.at(0, { [type]: 0 }).count).toBe(1);
  }
});

test("2.1 cores at 0.7 are three replicas, whatever the last bit of the quotient says", () => {
  const cpu = watch(policy({ ...AT_ONCE, replicas: 1, metrics: [{ type: "cpu", target: 0.7 }] }));
  expect(cpu.at(0, { cpu: 0.7 * 3 }).count).toBe(3);
});

test("with a tolerance of 1 nothing scales down, not even at nothing", () => {
  expect(watch(policy({ ...AT_ONCE, tolerance: 1 })).at(0, { [QUEUE]: 0 }).count).toBe(3);
});

test("of several metrics the one that asks for most wins, and gives the reason", () => {
  const both = policy({ ...AT_ONCE, metrics: [...policy().metrics, { type: "cpu", target: 0.7 }] });
  const high = watch(both).at(0, { [QUEUE]: 500, cpu: 4 });
  expect(high.count).toBe(6);
  expect(high.reason).toBe("cpu: 4 cores at 0.7 per replica need 6");
  expect(watch(both).at(0, { [QUEUE]: 100, cpu: 2.1 }).count).toBe(3);
  expect(watch(both).at(0, { [QUEUE]: 100, cpu: 1.2 }).count).toBe(2);
});

const LATENCY: MetricPolicy = {
  type: "latency",
  targetMilliseconds: 200,
  percentile: 95,
  breaches: 3,
  samples: 5,
};

test("latency asks for one more once enough of the last samples are too slow", () => {
  const slow = watch(policy({ ...AT_ONCE, metrics: [LATENCY] }));
  const counts = [900, 100, 900, 100, 900].map((ms, i) => slow.at(i * 15, { latency: ms }).count);
  expect(counts).toEqual([3, 3, 3, 3, 4]);
});

test("latency waits until what it asked for runs, and then asks what that brought", () => {
  const slow = watch(policy({ ...AT_ONCE, metrics: [LATENCY] }));
  for (const at of [0, 15]) slow.at(at, { latency: 900 });
  expect(slow.at(30, { latency: 900 }, 3).count).toBe(4);
  const waits = slow.at(45, { latency: 900 }, 3);
  expect(waits.count).toBe(4);
  expect(waits.reason).toContain("only 3 of 4 replicas run");
  expect(slow.at(60, { latency: 900 }, 4).count).toBe(4);
  expect(slow.at(75, { latency: 900 }, 4).count).toBe(4);
  expect(slow.at(90, { latency: 900 }, 4).count).toBe(5);
});

test("latency asks for one fewer only if all last samples are far below the target, and never for none", () => {
  const good = watch(policy({ ...AT_ONCE, metrics: [LATENCY], replicas: 2, min: 0 }));
  const counts = [80, 80, 91, 80, 80, 80, 80].map(
    (ms, i) => good.at(i * 15, { latency: ms }).count,
  );
  expect(counts).toEqual([2, 2, 2, 2, 2, 2, 2]);
  expect(good.at(105, { latency: 80 }).count).toBe(1);
  const rest = [0, 0, 0, 0, 0, 0].map((ms, i) => good.at(120 + i * 15, { latency: ms }).count);
  expect(rest).toEqual([1, 1, 1, 1, 1, 1]);
});

test("a good latency thanks to a burst says nothing about fewer; a bad one in spite of it asks for more still", () => {
  const during = watch(policy({ ...AT_ONCE, metrics: [LATENCY] }));
  for (let at = 0; at <= 120; at += 15) expect(during.at(at, { latency: 10 }, 8).count).toBe(3);
  for (const at of [135, 150]) during.at(at, { latency: 900 }, 8);
  expect(during.at(165, { latency: 900 }, 8).count).toBe(9);
});

test("without knowing how many run, latency keeps what there is", () => {
  const blind = watch(policy({ ...AT_ONCE, metrics: [LATENCY] }));
  const looks = [0, 15, 30, 45].map((at) => blind.at(at, { latency: 900 }, "unknown"));
  expect(looks.map(({ count }) => count)).toEqual([3, 3, 3, 3]);
});
