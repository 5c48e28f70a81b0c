/** Changes of a Machine's state. Each is safe to repeat, and waits while another's lease refuses it. */
import { anyResponse } from "../api/client.ts";
import type { Fly } from "../api/client.ts";
import { FlyError } from "../api/errors.ts";
import { startedWire } from "../api/wire.ts";
import { machineCall } from "./identity.ts";
import type { MachineInputs } from "./machine-inputs.ts";
import { retryWhileLeased } from "./lease.ts";

export async function startMachine(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
): Promise<void> {
  const answer = await retryWhileLeased(fly, () =>
    fly.call({
      ...machineCall(inputs, machineId, "start"),
      what: `start Machine ${inputs.name}`,
      method: "POST",
      response: startedWire.nullish(),
      repeatable: true,
    }),
  );
  if (answer?.status !== "error") return;
  throw new FlyError({
    what: `start Machine ${inputs.name}`,
    status: 200,
    code: "not_started",
    detail: answer.message ?? "no reason given",
    host: inputs.name,
    region: inputs.region,
  });
}

/** For one that doesn't get where it is going: ends whatever runs, and boots it. */
export async function restartMachine(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
): Promise<void> {
  await retryWhileLeased(fly, () =>
    fly.call({
      ...machineCall(inputs, machineId, "restart"),
      what: `restart Machine ${inputs.name}`,
      method: "POST",
      query: { force_stop: true },
      response: anyResponse,
      repeatable: true,
    }),
  );
}

/** Asks for a stop as the configuration has it (`stop_config`). */
export async function stopMachine(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
): Promise<void> {
  await stopWith(fly, inputs, machineId, inputs.config.stop_config);
}

/** For one that doesn't stop. */
export async function killMachine(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
): Promise<void> {
  await stopWith(fly, inputs, machineId, { signal: "SIGKILL", timeout: "1s" });
}

async function stopWith(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
  json: object,
): Promise<void> {
  await retryWhileLeased(fly, () =>
    fly.call({
      ...machineCall(inputs, machineId, "stop"),
      what: `stop Machine ${inputs.name}`,
      method: "POST",
      json,
      response: anyResponse,
      repeatable: true,
    }),
  );
}

/** Takes a Machine out of the load balancer, or back into it. */
export async function setCordoned(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
  cordoned: boolean,
): Promise<void> {
  const verb = cordoned ? "cordon" : "uncordon";
  await retryWhileLeased(fly, () =>
    fly.call({
      ...machineCall(inputs, machineId, verb),
      what: `${verb} Machine ${inputs.name}`,
      method: "POST",
      response: anyResponse,
      repeatable: true,
    }),
  );
}
