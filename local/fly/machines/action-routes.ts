/** Actions on a Machine that exists: start, stop, suspend, restart, signal, cordon, exec; its processes, events and versions. */
import { constants } from "node:os";
import { z } from "zod";
import { durationMs, parseDuration } from "../../machines/duration.ts";
import { applyFault } from "../../faults/apply-fault.ts";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import { failedPrecondition, FlyApiError, invalidArgument } from "../wire/errors.ts";
import { assertLease } from "./leases.ts";
import type { MachineRecord } from "../store/records.ts";
import { flag, readBody } from "../request/read.ts";
import { GET_LIMIT } from "../request/limits.ts";
import { liveMachineOf, machineOf } from "./find.ts";
import type { FlyContext } from "../request/context.ts";
import type { Register } from "../request/register.ts";

const duration = z.union([z.string(), z.number()]).optional();
const stopSchema = z.looseObject({
  signal: z.union([z.string(), z.int()]).optional(),
  timeout: duration,
});
const signalSchema = z.looseObject({ signal: z.union([z.string(), z.int()]) });
const execSchema = z.looseObject({
  command: z.array(z.string()).optional(),
  /** The command as fly-go sends it: one string, split at blanks. */
  cmd: z.string().optional(),
  stdin: z.string().optional(),
  /** Seconds. */
  timeout: z.number().optional(),
});

export function actionRoutes(on: Register, context: FlyContext, lifecycle: Lifecycle): void {
  const { clock, runner } = context;
  const path = "/v1/apps/:app/machines/:id";

  on("POST", `${path}/start`, { action: "start machine", by: "id" }, (c) => {
    const machine = liveMachineOf(context, c);
    assertLease(c, machine, clock.now());
    assertNotDestroying(machine);
    const { state: previous_state } = machine;
    machine.boot_delay_ms = applyFault(context.faults, c, "start").bootDelayMs;
    lifecycle.start(machine);
    return c.json({ previous_state, migrated: false, new_host: "" });
  });

  on("POST", `${path}/stop`, { action: "stop machine", by: "id" }, async (c) => {
    const machine = liveMachineOf(context, c);
    const body = await readBody(c, stopSchema, { optional: true });
    assertLease(c, machine, clock.now());
    assertNotDestroying(machine);
    lifecycle.stop(machine, stopOptions(body.signal, body.timeout));
    return c.json({ ok: true });
  });

  on("POST", `${path}/suspend`, { action: "suspend machine", by: "id" }, (c) => {
    const machine = liveMachineOf(context, c);
    assertLease(c, machine, clock.now());
    assertNotDestroying(machine);
    const why = suspendRefusal(machine);
    if (why !== undefined) throw failedPrecondition(`unable to suspend machine: ${why}`);
    if (!lifecycle.suspend(machine)) {
      throw failedPrecondition("unable to suspend machine: the local cloud can't freeze processes");
    }
    return c.json({ ok: true });
  });

  on("POST", `${path}/restart`, { action: "restart machine", by: "id" }, (c) => {
    const machine = liveMachineOf(context, c);
    assertLease(c, machine, clock.now());
    assertNotDestroying(machine);
    const force = flag(c, "force_stop");
    lifecycle.restart(
      machine,
      force
        ? { signal: "SIGKILL", timeoutMs: 0 }
        : stopOptions(c.req.query("signal") || undefined, c.req.query("timeout") || undefined),
    );
    return c.json({ ok: true });
  });

  on("POST", `${path}/signal`, { action: "signal machine", by: "id" }, async (c) => {
    const machine = liveMachineOf(context, c);
    const body = await readBody(c, signalSchema);
    assertLease(c, machine, clock.now());
    const signal = signalName(body.signal);
    if (signal === undefined) throw invalidArgument(`unknown signal ${body.signal}`);
    if (!runner.signal(machine.id, signal)) throw failedPrecondition("machine is not started");
    return c.json({ ok: true });
  });

  for (const verb of ["cordon", "uncordon"] as const) {
    on("POST", `${path}/${verb}`, { action: `${verb} machine`, by: "id" }, (c) => {
      const machine = liveMachineOf(context, c);
      assertLease(c, machine, clock.now());
      machine.cordoned = verb === "cordon";
      lifecycle.note(machine, verb);
      return c.json({ ok: true });
    });
  }

  on("POST", `${path}/exec`, { action: "exec in machine", by: "id" }, async (c) => {
    const machine = liveMachineOf(context, c);
    const body = await readBody(c, execSchema);
    const command = body.command ?? body.cmd?.split(" ").filter(Boolean) ?? [];
    if (command.length === 0) throw invalidArgument("command is required");
    const result = await runner.exec(machine.id, {
      command,
      stdin: body.stdin ?? "",
      timeoutMs: (body.timeout || 60) * 1000,
    });
    if (result === undefined) throw failedPrecondition("machine is not started");
    return c.json(result);
  });

  on("GET", `${path}/ps`, { action: "list processes", by: "id" }, async (c) =>
    c.json(await runner.processes(liveMachineOf(context, c).id)),
  );

  on("GET", `${path}/events`, { action: "list events", by: "id", rate: GET_LIMIT }, (c) => {
    const limit = Number(c.req.query("limit") ?? 20);
    if (!Number.isInteger(limit) || limit < 1 || limit > 50) {
      throw invalidArgument("limit must be inside range [1, 50]");
    }
    return c.json(machineOf(context, c).events.slice(0, limit));
  });

  on("GET", `${path}/versions`, { action: "list versions", by: "id" }, (c) =>
    c.json(machineOf(context, c).versions),
  );
}

function assertNotDestroying({ state, id }: MachineRecord): void {
  if (state === "destroying") {
    throw new FlyApiError(412, `failed_precondition: machine ${id} is being destroyed`);
  }
}

/** Returns why Fly refuses to suspend the Machine, if it does. (docs: reference/suspend-resume) */
function suspendRefusal({ config, state }: MachineRecord): string | undefined {
  if (state !== "started" && state !== "suspended") return `machine is ${state}`;
  if ((config.guest.memory_mb ?? 0) > 2048) return "machine has more than 2 GB of memory";
  if (config.init["swap_size_mb"]) return "machine has swap";
  if ("schedule" in config && config["schedule"]) return "machine has a schedule";
  return undefined;
}

/** Reads what a stop or restart says about signal and timeout. @throws FlyApiError (400) */
function stopOptions(
  signal: string | number | undefined,
  timeout: string | number | undefined,
): { signal?: string; timeoutMs?: number } {
  const name = signal === undefined || signal === "" ? undefined : signalName(signal);
  if (signal && name === undefined) throw invalidArgument(`unknown signal ${signal}`);
  // A plain number in a query counts seconds.
  const text = typeof timeout === "string" && /^\d+$/.test(timeout) ? `${timeout}s` : timeout;
  if (text !== undefined && text !== "" && parseDuration(text) === undefined) {
    throw invalidArgument(`time: invalid duration ${JSON.stringify(timeout)}`);
  }
  return {
    ...(name !== undefined && { signal: name }),
    ...(text !== undefined && text !== "" && { timeoutMs: durationMs(text, 0) }),
  };
}

/** Returns `SIGTERM` for `TERM`, `SIGTERM` or fly-go's number 15; undefined for anything else. */
function signalName(signal: string | number): string | undefined {
  if (typeof signal === "number") {
    return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  }
  const upper = signal.toUpperCase();
  const name = upper.startsWith("SIG") ? upper : `SIG${upper}`;
  return name in constants.signals ? name : undefined;
}
