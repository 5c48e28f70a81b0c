/** Calls that change a Machine's state. Each can be repeated safely and waits while somebody else holds a lease. */
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

/** Kills and boots a Machine, for one that is stuck on its way to another state. */
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

/** Requests a stop with the signal and timeout of the configuration (`stop_config`). */
export async function stopMachine(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
): Promise<void> {
  await stopWith(fly, inputs, machineId, inputs.config.stop_config);
}

/** Kills a Machine that doesn't stop. */
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

/** Takes a Machine out of the load balancer, or puts it back. */
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
