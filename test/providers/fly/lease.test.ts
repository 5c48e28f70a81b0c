import { expect, test } from "vitest";

import { heldLease } from "../../../local/fly/machines/leases.ts";
import { withLease } from "../../../providers/fly/machine/lease.ts";
import { machineInputsShape } from "../../../providers/fly/machine/machine-inputs.ts";
import { convergeMachine, deleteMachine } from "../../../providers/fly/machine.ts";
import type { Properties } from "../../../providers/dynamic/resource-methods.ts";
import { machineConfig, machineInputs } from "./cloud.ts";
import { startVirtualCloud } from "./virtual-cloud.ts";
import type { VirtualCloud } from "./virtual-cloud.ts";

async function startHost() {
  const cloud = await startVirtualCloud();
  const inputs = machineInputs(cloud.appId);
  const { outs } = await cloud.drive(convergeMachine(cloud.nextRun(), inputs, {}));
  const [record] = cloud.api.store.machines.all();
  if (record === undefined) throw new Error("There is no Machine.");
  const isHeld = (): boolean => heldLease(record, cloud.clock.now()) !== undefined;
  return { cloud, inputs, outs, record, isHeld };
}

function changed(inputs: Properties): Properties {
  return { ...inputs, config: machineConfig({ image: "registry.fly.io/acme:2" }) };
}

test("is short, renewed during the write, and released at once", async () => {
  const { cloud, inputs, record, isHeld } = await startHost();
  const held: boolean[] = [];
  const write = withLease(
    cloud.nextRun(),
    machineInputsShape.parse(inputs),
    record.id,
    async () => {
      for (let second = 0; second < 60; second += 1) {
        await cloud.clock.sleep(1_000);
        held.push(isHeld());
      }
    },
  );
  await cloud.drive(write);
  expect(held).toHaveLength(60);
  expect(held).not.toContain(false);
  expect(isHeld()).toBe(false);
});

test("of a killed holder expires within 13 s", async () => {
  const { cloud, inputs, record, isHeld } = await startHost();
  let reached = (): void => {};
  const inside = new Promise<void>((resolve) => (reached = resolve));
  const fly = cloud.nextRun();
  // The process never returns from this write and stops renewing.
  const dead = { ...fly, clock: { ...fly.clock, after: () => () => {} } };
  void withLease(dead, machineInputsShape.parse(inputs), record.id, () => {
    reached();
    return new Promise<never>(() => undefined);
  });
  await cloud.drive(inside);
  expect(isHeld()).toBe(true);
  await cloud.drive(cloud.clock.sleep(13_001));
  expect(isHeld()).toBe(false);
});

const failures: readonly (readonly [
  string,
  Parameters<VirtualCloud["api"]["faults"]["add"]>[0],
])[] = [
  [
    "refused",
    {
      api: "fly",
      method: "POST",
      path: "/machines/\\w+$",
      when: "before",
      action: { status: 400, body: { error: "invalid_argument: no" } },
    },
  ],
  [
    "lost",
    { api: "fly", method: "POST", path: "/machines/\\w+$", when: "before", action: "reset" },
  ],
  [
    "done, and the answer lost for good",
    { api: "fly", method: "POST", path: "/machines/\\w+$", when: "after", action: "reset" },
  ],
];

test.each(failures)("is released when the update is %s", async (_how, fault) => {
  const { cloud, inputs, outs, isHeld } = await startHost();
  cloud.api.faults.add(fault);
  await cloud.drive(Promise.allSettled([convergeMachine(cloud.nextRun(), changed(inputs), outs)]));
  expect(isHeld()).toBe(false);
});

test.each<[string, (host: Awaited<ReturnType<typeof startHost>>) => Promise<unknown>]>([
  ["update", ({ cloud, inputs, outs }) => convergeMachine(cloud.nextRun(), changed(inputs), outs)],
  [
    "stop",
    ({ cloud, inputs, outs }) =>
      convergeMachine(cloud.nextRun(), { ...inputs, state: "stopped" }, outs),
  ],
  ["destroy", ({ cloud, outs }) => deleteMachine(cloud.nextRun(), outs)],
])("of a process that died: %s waits it out", async (_what, act) => {
  const host = await startHost();
  host.cloud.api.faults.add({ preset: "lease-leaked", times: 1 });
  await host.cloud.drive(act(host));
  expect(host.isHeld()).toBe(false);
});
