/** Hosts that are destroyed: all are cordoned before any drains, drained as their configuration says, then destroyed. */
import { expect, test } from "vitest";

import { convergeMachine, deleteMachine } from "../../../providers/fly/machine.ts";
import type { Properties } from "../../../providers/dynamic/resource-methods.ts";
import { machineConfig, machineInputs } from "./cloud.ts";
import { startVirtualCloud } from "./virtual-cloud.ts";
import type { VirtualCloud } from "./virtual-cloud.ts";

const three = ["iad-0", "iad-1", "iad-10"];

function inputsOf(cloud: VirtualCloud, name: string, over: Properties = {}): Properties {
  const metadata = { managed_by: "flotilla", stack: "iad", host: name };
  return machineInputs(cloud.appId, { name, config: machineConfig({ metadata }), ...over });
}

async function deployed(): Promise<{ cloud: VirtualCloud; olds: readonly Properties[] }> {
  const cloud = await startVirtualCloud();
  const fly = cloud.nextRun();
  const made = three.map((name) => convergeMachine(fly, inputsOf(cloud, name), {}));
  return { cloud, olds: (await cloud.drive(Promise.all(made))).map(({ outs }) => outs) };
}

/** `cordon iad-10`, in the order of the calls. */
function writesSince(cloud: VirtualCloud, before: number): string[] {
  const names = new Map(cloud.api.store.machines.all().map(({ id, name }) => [id, name]));
  return cloud
    .writes()
    .slice(before)
    .map((write) => {
      const [, method, id = "", verb] = /^(\w+) \/machines\/(\w+)(?:\/(\w+))?$/.exec(write) ?? [];
      return `${verb ?? method} ${names.get(id)}`;
    });
}

test("destroyed hosts are cordoned from the highest slot, all before one drains", async () => {
  const { cloud, olds } = await deployed();
  const before = cloud.writes().length;
  const fly = cloud.nextRun();
  await cloud.drive(Promise.all(olds.slice(0, 3).map((one) => deleteMachine(fly, one))));
  const writes = writesSince(cloud, before);
  expect(writes.slice(0, 4)).toEqual([
    "cordon iad-10",
    "cordon iad-1",
    "cordon iad-0",
    "stop iad-10",
  ]);
  const steps = writes.filter((write) => write.endsWith(" iad-1"));
  expect(steps).toEqual(["cordon iad-1", "stop iad-1", "DELETE iad-1"]);
  const ends = cloud.api.store.machines.all().map(({ state, events }) => ({
    state,
    order: events
      .map(({ type }) => type)
      .filter((type) => ["stop", "exit", "destroy"].includes(type))
      .toReversed(),
  }));
  for (const { state, order } of ends) {
    expect(state).toBe("destroyed");
    expect(order).toEqual(["stop", "exit", "stop", "destroy", "destroy"]);
  }
});

test("hosts that become warm hosts are cordoned and stopped in the same order and stay", async () => {
  const { cloud, olds } = await deployed();
  const before = cloud.writes().length;
  const fly = cloud.nextRun();
  const rest = three
    .slice(1)
    .map((name, index) =>
      convergeMachine(fly, inputsOf(cloud, name, { state: "stopped" }), olds[index + 1] ?? {}),
    );
  await cloud.drive(Promise.all(rest));
  expect(writesSince(cloud, before)).toEqual([
    "cordon iad-10",
    "cordon iad-1",
    "stop iad-10",
    "stop iad-1",
  ]);
});

test("a Machine that can't be stopped is destroyed anyway", async () => {
  const { cloud, olds } = await deployed();
  cloud.api.faults.add({
    method: "POST",
    path: "/stop$",
    when: "before",
    action: { status: 400, body: { error: "failed_precondition: can't stop" } },
  });
  await cloud.drive(deleteMachine(cloud.nextRun(), olds[0] ?? {}));
  expect(cloud.api.store.machines.all()[0]).toMatchObject({ name: "iad-0", state: "destroyed" });
});

test("a Machine whose server becomes unreachable while it drains isn't destroyed: it would come back unknown to any state", async () => {
  const { cloud, olds } = await deployed();
  cloud.api.faults.add({ preset: "host-returns-old", method: "POST", path: "/stop$", times: 1 });
  await expect(cloud.drive(deleteMachine(cloud.nextRun(), olds[0] ?? {}))).rejects.toMatchObject({
    code: "host_unreachable",
  });
  await cloud.drive(cloud.clock.sleep(100_000));
  await cloud.drive(deleteMachine(cloud.nextRun(), olds[0] ?? {}));
  expect(cloud.api.store.machines.all()[0]).toMatchObject({ name: "iad-0", state: "destroyed" });
});
