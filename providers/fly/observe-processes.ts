/** Reads the processes inside a host from its Process Compose, through a command in the Machine. */
import { z } from "zod";
import { appPath } from "./api/client.ts";
import type { Fly } from "./api/client.ts";
import { FlyError } from "./api/errors.ts";
import { activeKey, activeMark, observedActiveSlots } from "./machine/slot-activation.ts";
import { retryWhileLeased } from "./machine/lease.ts";
import { observeMachine } from "./api/observe.ts";
import { anyResponse } from "./api/client.ts";
import { execWire } from "./api/wire.ts";

export interface ObservedProcess {
  /** Name of the slot, e.g. `worker-0`. */
  readonly name: string;
  /** It runs, or Process Compose is going to start it. */
  readonly on: boolean;
  /** Time since its last start or restart. Absent: it doesn't run. */
  readonly ageMs?: number;
  /** Average use of cores since the previous request to Process Compose; 0 for the first. Absent: unknown. */
  readonly cores?: number;
  readonly memoryMb?: number;
}

/** Statuses of a process that neither runs nor is going to. Source: process-compose, src/types/process.go. */
const STOPPED_STATUSES = ["Disabled", "Completed", "Error", "Skipped", "Terminated", ""];

/** Process Compose's API listens inside the Machine only, so this script runs there. */
const PRINT_PROCESSES =
  'const {PC_ADDRESS: a = "127.0.0.1", PC_PORT_NUM: p = "9080"} = process.env;' +
  "fetch(`http://${a}:${p}/processes`).then(async (r) => process.stdout.write(await r.text()))";

const processesShape = z.object({
  data: z.array(
    z.looseObject({
      name: z.string(),
      status: z.string().nullish(),
      is_running: z.boolean().nullish(),
      /** Nanoseconds. */
      age: z.number().nullish(),
      cpu: z.number().nullish(),
      mem: z.number().nullish(),
    }),
  ),
});

/**
 * Returns the processes of a Machine.
 *
 * @throws {FlyError} also when Process Compose doesn't answer (`no_processes`)
 */
export async function observeProcesses(
  fly: Fly,
  app: string,
  machine: { readonly id: string; readonly name: string },
): Promise<readonly ObservedProcess[]> {
  const what = `list the processes of Machine ${machine.name}`;
  const { stdout, stderr } = await fly.call({
    what,
    method: "POST",
    path: appPath(app, "machines", machine.id, "exec"),
    json: { command: ["node", "-e", PRINT_PROCESSES], timeout: 10 },
    response: execWire,
    repeatable: true,
    timeoutMs: 20_000,
    host: machine.name,
  });
  const result = processesShape.safeParse(parseJson(stdout ?? ""));
  if (!result.success)
    throw new FlyError({
      what,
      status: 200,
      code: "no_processes",
      detail: stderr?.trim().split("\n").at(-1) || "Process Compose didn't answer",
      host: machine.name,
      hint: "See `fly logs`: the Machine may still be starting.",
    });
  return result.data.data.map(({ name, status, is_running: isRunning, age, cpu, mem }) => ({
    name,
    on: !STOPPED_STATUSES.includes(status ?? ""),
    // For a process that waits for its start or restart, Process Compose reports its last measurements.
    ...(isRunning === true ? measuresOf(age, cpu, mem) : {}),
  }));
}

/** Process Compose reports -1 for an unknown value. */
function measuresOf(
  age: number | null | undefined,
  cpu: number | null | undefined,
  mem: number | null | undefined,
): Pick<ObservedProcess, "ageMs" | "cores" | "memoryMb"> {
  return {
    ...(typeof age === "number" ? { ageMs: age / 1e6 } : {}),
    ...(typeof cpu === "number" && cpu >= 0 ? { cores: cpu / 100 } : {}),
    ...(typeof mem === "number" && mem >= 0 ? { memoryMb: mem / 1_048_576 } : {}),
  };
}

/**
 * Records in a Machine's metadata that its active slots are unknown, because somebody switched them from outside. The
 * next `up` then switches all of them.
 */
export async function markSlotsUnknown(fly: Fly, app: string, id: string): Promise<void> {
  const machine = await observeMachine(fly, app, id);
  const slots = machine && observedActiveSlots(machine);
  if (machine === undefined || slots === undefined) return;
  const value = activeMark(machine, slots, "begun");
  await retryWhileLeased(fly, async () =>
    fly.call({
      what: `mark the slots of Machine ${machine.name} as unknown`,
      method: "POST",
      path: appPath(app, "machines", id, "metadata", activeKey),
      json: { value },
      response: anyResponse,
      repeatable: true,
      host: machine.name,
    }),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
