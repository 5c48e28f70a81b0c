/** What runs inside a host: asked of its Process Compose, by a command in the Machine. */
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
  /** Of a slot: `worker-0`. */
  readonly name: string;
  /** It runs, or Process Compose sees to it that it will. */
  readonly on: boolean;
  /** Since it was started, restarts included; absent: it doesn't run. */
  readonly ageMs?: number;
  /** Cores, since Process Compose was asked last, 0 if it hadn't been yet; absent: not known. */
  readonly cores?: number;
  readonly memoryMb?: number;
}

/** Nothing runs, and nothing is on its way. Source: process-compose, src/types/process.go. */
const RESTING = ["Disabled", "Completed", "Error", "Skipped", "Terminated", ""];

/** Its API listens inside the Machine only. */
const ASK =
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

/** Throws `FlyError`, also when Process Compose doesn't answer. */
export async function observeProcesses(
  fly: Fly,
  app: string,
  machine: { readonly id: string; readonly name: string },
): Promise<readonly ObservedProcess[]> {
  const what = `ask Machine ${machine.name} what runs in it`;
  const { stdout, stderr } = await fly.call({
    what,
    method: "POST",
    path: appPath(app, "machines", machine.id, "exec"),
    json: { command: ["node", "-e", ASK], timeout: 10 },
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
      detail: stderr?.trim().split("\n").at(-1) || "Process Compose didn't say",
      host: machine.name,
      hint: "See `fly logs`: the Machine may still be starting.",
    });
  return result.data.data.map(({ name, status, is_running: isRunning, age, cpu, mem }) => ({
    name,
    on: !RESTING.includes(status ?? ""),
    // Of one that waits for its start or restart, it tells what it saw last.
    ...(isRunning === true ? measuresOf(age, cpu, mem) : {}),
  }));
}

/** -1: Process Compose doesn't know. */
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
 * Notes on a Machine that its slots aren't known: somebody has switched them past us. The next `up` then switches them
 * all, whatever they are.
 */
export async function markSlotsUnknown(fly: Fly, app: string, id: string): Promise<void> {
  const machine = await observeMachine(fly, app, id);
  const slots = machine && observedActiveSlots(machine);
  if (machine === undefined || slots === undefined) return;
  const value = activeMark(machine, slots, "begun");
  await retryWhileLeased(fly, async () =>
    fly.call({
      what: `note on Machine ${machine.name} that its slots aren't known`,
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
