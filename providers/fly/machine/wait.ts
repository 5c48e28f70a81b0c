/** Waits for what Fly does after it has answered. Every wait has a deadline by the connection's clock. */
import { sleep } from "../../../lib/clock.ts";
import { anyResponse } from "../api/client.ts";
import type { Fly } from "../api/client.ts";
import { FlyError, isAmbiguous, isNotFound } from "../api/errors.ts";
import { observeMachine } from "../api/observe.ts";
import type { CheckWire, MachineWire } from "../api/wire.ts";
import { startMachine } from "./actions.ts";
import { machineCall } from "./identity.ts";
import type { MachineInputs } from "./machine-inputs.ts";

/** Limit of pulling an image and booting; the checks have a limit of their own after it. */
const startWithinMs = 300_000;
const goneWithinMs = 300_000;
const visibleWithinMs = 60_000;
/** Shorter than Fly's 60 s, so that a failed Machine is noticed early. */
const longPollSeconds = 15;
const pollMs = 500;
/** A launch or an update without effect for this long is stuck. */
const stuckAfterMs = 30_000;

/**
 * Waits until this version of the Machine is started or stopped.
 *
 * @throws {FlyError} with code `not_started`, `not_stopped`, `failed` or `reverted`
 */
export async function waitForState(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
  state: "started" | "stopped",
): Promise<MachineWire> {
  const began = fly.clock.now();
  const deadline = began + startWithinMs;
  let last = machine;
  let isStartRequested = false;
  for (;;) {
    const isReached = await waitOnce(fly, inputs, machine, state);
    const seen = await observeMachine(fly, inputs.app, machine.id);
    last = seen ?? last;
    const waited = fly.clock.now() - began;
    if (
      seen?.state === "created" &&
      state === "started" &&
      waited > stuckAfterMs &&
      !isStartRequested
    ) {
      // Fly sometimes loses the launch that belongs to a create.
      isStartRequested = true;
      await startMachine(fly, inputs, machine.id);
    }
    if (seen !== undefined && isReverted(seen, machine) && waited > stuckAfterMs)
      throw revertedError(inputs, seen);
    const isThisVersion = seen?.instance_id === machine.instance_id;
    if (isReached && isThisVersion && seen?.state === state) return seen;
    if (seen?.state === "failed") throw failedError(inputs, seen);
    if (fly.clock.now() >= deadline) {
      throw new FlyError({
        what: `bring Machine ${inputs.name} to state ${state}`,
        status: 200,
        code: `not_${state}`,
        detail: `it is ${last.state} after ${startWithinMs / 1000} s${lastExit(last)}`,
        host: inputs.name,
        region: inputs.region,
        hint: `See its log (\`fly logs -a ${inputs.app} -i ${machine.id}\`), then run it again.`,
      });
    }
    await sleep(fly.clock, pollMs);
  }
}

/** Says whether Fly reverted an update: the previous version runs. */
function isReverted(seen: MachineWire, wanted: MachineWire): boolean {
  return seen.state === "started" && seen.instance_id !== wanted.instance_id;
}

/** Makes one long poll. Returns false after a timeout, or if the read lags behind the write. */
async function waitOnce(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
  state: string,
): Promise<boolean> {
  try {
    await fly.call({
      ...machineCall(inputs, machine.id, "wait"),
      what: `wait for Machine ${inputs.name} to be ${state}`,
      method: "GET",
      query: { state, timeout: longPollSeconds, version: machine.instance_id ?? undefined },
      response: anyResponse,
      expected: [408],
      timeoutMs: (longPollSeconds + 15) * 1_000,
    });
    return true;
  } catch (error) {
    if (isAmbiguous(error) || isNotFound(error) || isHopeless(error)) return false;
    throw error;
  }
}

/** Fly answers this if the Machine can't reach the state any more. The reason is in the Machine itself. */
function isHopeless(error: unknown): boolean {
  return error instanceof FlyError && /failed to reach desired state/.test(error.details.detail);
}

/**
 * Waits until all checks have passed on this version of the Machine for `steadySeconds` without interruption.
 *
 * @throws {FlyError} with code `unhealthy` or `failed`
 */
export async function waitForChecks(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
  steadySeconds = 0,
): Promise<MachineWire> {
  const withinSeconds = inputs.healthTimeoutSeconds + steadySeconds;
  const deadline = fly.clock.now() + withinSeconds * 1_000;
  let last = machine;
  let healthySince: number | undefined;
  for (;;) {
    const seen = await observeMachine(fly, inputs.app, machine.id);
    if (seen?.state === "failed") throw failedError(inputs, seen);
    last = seen ?? last;
    const isThisVersion = last.state === "started" && last.instance_id === machine.instance_id;
    const waitingFor = unhealthyChecks(last, inputs);
    if (seen !== undefined && isThisVersion && waitingFor.length === 0) {
      healthySince ??= fly.clock.now();
      if (fly.clock.now() - healthySince >= steadySeconds * 1_000) return seen;
    } else healthySince = undefined;
    if (fly.clock.now() >= deadline) {
      throw new FlyError({
        what: `bring Machine ${inputs.name} to health`,
        status: 200,
        code: "unhealthy",
        detail:
          `${withinSeconds} s after its start it is ${last.state}` +
          (waitingFor.length > 0
            ? ` and these checks don't pass: ${waitingFor.join("; ")}`
            : isThisVersion && steadySeconds > 0
              ? ` and its checks haven't kept passing for ${steadySeconds} s`
              : "") +
          lastExit(last),
        host: inputs.name,
        region: inputs.region,
        hint: `It keeps running as it is. See its log (\`fly logs -a ${inputs.app} -i ${machine.id}\`), correct the spec or the image and run it again.`,
      });
    }
    await sleep(fly.clock, pollMs);
  }
}

/**
 * Waits until Fly doesn't know the Machine any more, so that its name and volume are free.
 *
 * @throws {FlyError} with code `not_destroyed`
 */
export async function waitDestroyed(
  fly: Fly,
  inputs: MachineInputs,
  machineId: string,
): Promise<void> {
  const deadline = fly.clock.now() + goneWithinMs;
  for (;;) {
    const gone = await isDestroyed(fly, inputs, machineId);
    if (gone) return;
    if (fly.clock.now() >= deadline) {
      throw new FlyError({
        what: `destroy Machine ${inputs.name}`,
        status: 200,
        code: "not_destroyed",
        detail: `Machine ${machineId} is still there after ${goneWithinMs / 1000} s`,
        host: inputs.name,
        region: inputs.region,
        hint: "Run it again in some minutes.",
      });
    }
    await sleep(fly.clock, pollMs);
  }
}

/** Returns the checks that don't pass, as text. A check that Fly doesn't list yet doesn't pass. */
export function unhealthyChecks(machine: MachineWire, inputs: MachineInputs): readonly string[] {
  // Fly adds its own `bg_deployments_compat…` checks. Source: fly-go, RemoveCompatChecks.
  const live = (machine.checks ?? []).filter(
    (check) => !check.name.startsWith("bg_deployments_compat"),
  );
  const listed = new Set(live.map((check) => check.name));
  const missing = Object.keys(inputs.config.checks).filter((name) => !listed.has(name));
  const hasServiceChecks = inputs.config.services.some(({ checks }) => checks.length > 0);
  if (hasServiceChecks && !live.some((check) => check.name.startsWith("servicecheck-"))) {
    missing.push("service checks");
  }
  return [
    ...live.filter((check) => check.status !== "passing").map(formatCheck),
    ...missing.map((name) => `${name} (not reported yet)`),
  ];
}

function formatCheck({ name, status, output }: CheckWire): string {
  const firstLine = output?.trim().split("\n")[0]?.slice(0, 120) ?? "";
  return firstLine === "" ? `${name} (${status})` : `${name} (${status}: ${firstLine})`;
}

/** Returns `, last exit: code 137, out of memory`, or an empty text. */
function lastExit(machine: MachineWire): string {
  const exit = machine.events?.find((event) => event.request?.exit_event)?.request?.exit_event;
  if (exit === undefined || exit === null) return "";
  return `; last exit: code ${exit.exit_code ?? "unknown"}${exit.oom_killed === true ? ", out of memory" : ""}`;
}

function failedError(inputs: MachineInputs, machine: MachineWire): FlyError {
  return new FlyError({
    what: `start Machine ${inputs.name}`,
    status: 200,
    code: "failed",
    detail: `Fly stopped trying to run it (state \`failed\`)${lastExit(machine)}`,
    host: inputs.name,
    region: inputs.region,
    hint: `See its log (\`fly logs -a ${inputs.app} -i ${machine.id}\`), correct the image or the spec and run it again.`,
  });
}

/**
 * Asserts that the Machine is on the version that was written: another version must not be recorded as ours.
 *
 * @throws {FlyError} with code `reverted`
 */
export function assertVersion(
  inputs: MachineInputs,
  written: MachineWire,
  seen: MachineWire,
): MachineWire {
  if (seen.instance_id !== written.instance_id) throw revertedError(inputs, seen);
  return seen;
}

function revertedError(inputs: MachineInputs, machine: MachineWire): FlyError {
  return new FlyError({
    what: `update Machine ${inputs.name}`,
    status: 200,
    code: "reverted",
    detail: `Fly accepted the update but runs another version (${machine.instance_id ?? "unknown"}) again`,
    host: inputs.name,
    region: inputs.region,
    hint: `See its events (\`fly machine status ${machine.id} -a ${inputs.app}\`), then run it again.`,
  });
}

/** Waits until a new Machine can be read, so that the next run doesn't take it for lost. */
export async function waitVisible(
  fly: Fly,
  inputs: MachineInputs,
  machine: MachineWire,
): Promise<MachineWire> {
  const deadline = fly.clock.now() + visibleWithinMs;
  for (;;) {
    const seen = await observeMachine(fly, inputs.app, machine.id);
    if (seen !== undefined || fly.clock.now() >= deadline) return seen ?? machine;
    await sleep(fly.clock, pollMs);
  }
}

async function isDestroyed(fly: Fly, inputs: MachineInputs, machineId: string): Promise<boolean> {
  try {
    await fly.call({
      ...machineCall(inputs, machineId, "wait"),
      what: `wait for Machine ${inputs.name} to be destroyed`,
      method: "GET",
      query: { state: "destroyed", timeout: longPollSeconds },
      response: anyResponse,
      expected: [408],
      timeoutMs: (longPollSeconds + 15) * 1_000,
    });
    return true;
  } catch (error) {
    if (isNotFound(error)) return true;
    if (isAmbiguous(error) || isHopeless(error)) return false;
    throw error;
  }
}
