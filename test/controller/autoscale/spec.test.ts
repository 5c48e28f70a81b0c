import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compile } from "../../../compiler/compile.ts";
import type { RegionDesired } from "../../../compiler/compile.ts";
import { decide, signalOf } from "../../../controller/autoscale/decide.ts";
import { policyOf } from "../../../controller/autoscale/policy.ts";
import type { Policy } from "../../../controller/autoscale/policy.ts";
import { NOTHING_REMEMBERED } from "../../../controller/autoscale/state.ts";
import { QUEUE } from "./policy.ts";

const NOW = "2026-01-01T00:00:00Z";
const files = [
  "fleet",
  "services/caddy",
  "services/nats",
  "services/pocketbase",
  "services/worker",
].map((name) => ({
  path: `${name}.yaml`,
  text: readFileSync(`fixtures/specs/${name}.yaml`, "utf8"),
}));

function workerOf(signals?: unknown, now = NOW): RegionDesired["services"][number] {
  const compiled = compile(files, { stack: "iad", signals, now });
  if (!compiled.ok || compiled.desired.kind !== "region") throw new Error("the sample compiles");
  const worker = compiled.desired.services.find(({ name }) => name === "worker");
  if (worker === undefined) throw new Error("the sample has a worker");
  return worker;
}

test("the sample's worker: a full queue becomes a signal, the compiler counts it, and its end is the spec's count", () => {
  const nowSeconds = Date.parse(NOW) / 1_000;
  const policy = policyOf(workerOf()) as Policy;
  expect(policy).toMatchObject({ replicas: 3, min: 1, max: 8, tolerance: 0.1, holdSeconds: 600 });
  const look = {
    running: 3,
    readings: {
      [QUEUE]: { atSeconds: nowSeconds, value: 640, missing: 0 },
      cpu: { atSeconds: nowSeconds, value: 2, missing: 0 },
    },
  };
  const decision = decide(NOTHING_REMEMBERED, look, policy, nowSeconds);
  const signal = signalOf("worker", "iad", decision);
  expect(signal).toEqual({
    service: "worker",
    region: "iad",
    count: 7,
    valid_until: "2026-01-01T00:10:00.000Z",
    reason: "queue_depth JOBS workers: 640 messages at 100 per replica need 7",
  });
  const signals = { version: 1, as_of: NOW, bursts: [], metrics: [signal] };
  expect(workerOf(signals).effective).toBe(7);
  expect(workerOf(signals, "2026-01-01T00:09:59Z").effective).toBe(7);
  expect(workerOf(signals, "2026-01-01T00:10:00Z").effective).toBe(3);
});

test("no recommendation is no signal; a service that offers no autoscale has no policy", () => {
  const policy = policyOf(workerOf()) as Policy;
  const silent = decide(NOTHING_REMEMBERED, { running: 3, readings: {} }, policy, 0);
  expect(signalOf("worker", "iad", silent)).toBeUndefined();
  const worker = workerOf();
  const refused = { offered: false, why: "min and max are both 3 here" } as const;
  expect(
    policyOf({ ...worker, controls: { ...worker.controls, autoscale: refused } }),
  ).toBeUndefined();
});
