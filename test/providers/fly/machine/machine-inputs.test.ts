import { expect, test } from "vitest";

import { parseInputs } from "../../../../providers/dynamic/resource-inputs.ts";
import { machineInputsShape } from "../../../../providers/fly/machine/machine-inputs.ts";
import { machineConfig, machineInputs } from "../cloud.ts";

test("members that this version doesn't know stay, so that a rollback writes the same configuration again", () => {
  const service = {
    protocol: "tcp",
    internal_port: 80,
    autostart: false,
    autostop: "off",
    min_machines_running: 0,
    ports: [{ port: 80, handlers: ["http"], http_options: { compress: true } }],
    checks: [],
    unknown_to_us: 1,
  };
  const inputs = machineInputs("1", { config: machineConfig({ services: [service], dns: {} }) });
  expect(parseInputs("Machine", machineInputsShape, inputs)).toEqual(inputs);
});

test("all invalid inputs are named", () => {
  const inputs = machineInputs("1", { state: "asleep", secretsVersion: "3" });
  expect(() => parseInputs("Machine", machineInputsShape, inputs)).toThrow(
    /^Machine has inputs that can't be used: `state`: .*; `secretsVersion`: .*\. Correct them/,
  );
});
