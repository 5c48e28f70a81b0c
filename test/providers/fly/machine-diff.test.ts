import { describe, expect, test } from "vitest";

import { checkMachine, diffMachine } from "../../../providers/fly/machine.ts";
import { renderMachineConfig } from "../../../providers/fly/machine/desired-config.ts";
import { machineInputsShape } from "../../../providers/fly/machine/machine-inputs.ts";
import { describeMachine } from "../../../providers/fly/machine/observed-machine.ts";
import { outputsOf } from "../../../providers/fly/machine/machine-outputs.ts";
import type { Properties } from "../../../providers/dynamic/resource-methods.ts";
import type { MachineWire } from "../../../providers/fly/api/wire.ts";
import { machineConfig, machineInputs } from "./cloud.ts";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const now = Date.parse("2026-06-01T12:00:00Z");

function wire(
  over: Partial<MachineWire> = {},
  inputs: Properties = machineInputs("app1"),
): MachineWire {
  return {
    id: "m1",
    name: "iad-0",
    state: "started",
    region: "iad",
    instance_id: "i1",
    private_ip: "fdaa::1",
    updated_at: "2026-06-01T11:59:00Z",
    cordoned: false,
    config: renderMachineConfig(machineInputsShape.parse(inputs)),
    ...over,
  };
}

/** State after a successful run, with live state as of a later refresh. */
function state(live: Partial<MachineWire> = {}, over: Properties = {}): Properties {
  const inputs = machineInputsShape.parse(machineInputs("app1", over));
  const before = outputsOf(wire({}, machineInputs("app1", over)), inputs, now, true);
  return {
    ...inputs,
    ...before,
    live: describeMachine(wire(live, machineInputs("app1", over)), inputs, now),
  };
}

describe("the program's changes", () => {
  test.each<[string, Properties]>([
    ["nothing", {}],
    ["the secrets' version", { secretsVersion: 7 }],
    ["an unknown secrets' version", { secretsVersion: unknown }],
    ["the health timeout", { healthTimeoutSeconds: 5 }],
    [
      "the rules of a rollout, which older state doesn't have",
      { maxUnavailable: 2, minHealthySeconds: 10, adopt: true },
    ],
    [
      "another spelling of a duration",
      { config: machineConfig({ stop_config: { signal: "SIGTERM", timeout: "1m0s" } }) },
    ],
    [
      "files in another order",
      { files: [...(machineInputs("x")["files"] as object[])].toReversed() },
    ],
  ])("%s: none", (_name, over) => {
    expect(diffMachine(state(), machineInputs("app1", over))).toEqual({ changes: false });
  });

  test.each<[string, Properties]>([
    ["image", { config: machineConfig({ image: "registry.fly.io/acme:2" }) }],
    ["environment", { config: machineConfig({ env: { ACTIVE_WORKER: "3" } }) }],
    ["a file's text", { files: [{ path: "/flotilla/etc/caddy.json", text: "{ }\n" }] }],
    ["a secret's digest", { secretDigests: { ORIGIN_KEY: "other" } }],
    ["state", { state: "stopped" }],
    ["volume", { volumeId: "vol_1" }],
    ["a volume not known yet", { volumeId: unknown }],
    ["digests not known yet", { secretDigests: { ORIGIN_KEY: unknown } }],
    ["the app's id", { appId: "app2" }],
    ["an app not known yet", { app: unknown, appId: unknown }],
    [
      "metadata less",
      { config: machineConfig({ metadata: { managed_by: "flotilla", host: "iad-0" } }) },
    ],
  ])("%s: an update in place", (_name, over) => {
    expect(diffMachine(state(), machineInputs("app1", over))).toEqual({ changes: true });
  });

  test.each([["app"], ["name"], ["region"]])(
    "%s: a new Machine, after the old one is gone",
    (key) => {
      expect(diffMachine(state(), machineInputs("app1", { [key]: "other" }))).toEqual({
        changes: true,
        replaces: [key],
        deleteBeforeReplace: true,
      });
    },
  );
});

describe("live state", () => {
  const idling = {
    protocol: "tcp",
    internal_port: 80,
    autostart: true,
    autostop: "stop",
    min_machines_running: 0,
    ports: [],
    checks: [],
  };
  const stuck = { updated_at: "2026-06-01T11:50:00Z" };
  test.each<[string, Partial<MachineWire>, Properties, boolean]>([
    ["as it was left", {}, {}, false],
    ["starting", { state: "starting" }, {}, false],
    ["replacing", { state: "replacing" }, {}, false],
    ["starting for ten minutes", { state: "starting", ...stuck }, {}, true],
    ["stopped by hand", { state: "stopped" }, {}, true],
    ["failed", { state: "failed" }, {}, true],
    ["in a state nobody knows", { state: "daydreaming" }, {}, true],
    ["cordoned by hand", { cordoned: true }, {}, true],
    ["on a host that can't be reached", { config: null, host_status: "unreachable" }, {}, false],
    ["a warm host", { state: "stopped", cordoned: true }, { state: "stopped" }, false],
    [
      "a warm host that never ran",
      { state: "created", cordoned: true },
      { state: "stopped" },
      false,
    ],
    ["a warm host that runs", { state: "started", cordoned: true }, { state: "stopped" }, true],
    ["a warm host that visitors reach", { state: "stopped" }, { state: "stopped" }, true],
    [
      "idled by the proxy",
      { state: "stopped" },
      { config: machineConfig({ services: [idling] }) },
      false,
    ],
  ])("%s", (_name, live, over, changes) => {
    expect(diffMachine(state(live, over), machineInputs("app1", over))).toEqual({ changes });
  });

  test("an interrupted change is a difference", () => {
    expect(diffMachine({ ...state(), settled: false }, machineInputs("app1"))).toEqual({
      changes: true,
    });
  });

  test("Fly's echo of our configuration right after a write isn't drift, whatever it is", () => {
    const inputs = machineInputsShape.parse(machineInputs("app1"));
    const odd = wire({
      config: { ...wire().config, guest: { cpu_kind: "shared", cpus: 1, memory_mb: 513 } },
    });
    const outs = { ...inputs, ...outputsOf(odd, inputs, now, true) };
    expect(diffMachine(outs, machineInputs("app1"))).toEqual({ changes: false });
  });
});

test.each([["Iad-0"], ["-iad"], ["a".repeat(64)], [3]])("%s is not a Machine name", (name) => {
  expect(checkMachine({}, machineInputs("app1", { name })).failures).toMatchObject([
    { property: "name" },
  ]);
});

test("DNS labels and unknown names pass the check", () => {
  for (const name of ["iad-0", unknown]) {
    const inputs = machineInputs("app1", { name });
    expect(checkMachine({}, inputs)).toEqual({ inputs });
  }
});
