/** `GET /wait`: answers when the Machine reaches a state, or 408 after at most a minute. */
import type { Context } from "hono";
import { FlyApiError, invalidArgument } from "../wire/errors.ts";
import type { MachineRecord, MachineState } from "../store/records.ts";
import { machineOf } from "./find.ts";
import type { FlyContext } from "../request/context.ts";
import type { Register } from "../request/register.ts";

const WAITABLE = ["started", "stopped", "suspended", "destroyed", "failed", "settled", "created"];
const SETTLED: readonly MachineState[] = [
  "created",
  "started",
  "stopped",
  "suspended",
  "failed",
  "destroyed",
];

export function waitRoutes(on: Register, context: FlyContext): void {
  on("GET", "/v1/apps/:app/machines/:id/wait", { action: "wait for machine", by: "id" }, (c) => {
    const machine = machineOf(context, c);
    const asked = readWait(c);
    return waitFor(context, machine, asked, c.req.raw.signal);
  });
}

interface WaitRequest {
  readonly states: readonly string[];
  /** Instance id of the version; clients send it as `version` or, in the older form, `instance_id`. */
  readonly version: string | undefined;
  readonly timeoutSeconds: number;
}

function readWait(c: Context): WaitRequest {
  const states = (c.req.queries("state") ?? [])
    .flatMap((entry) => entry.split(","))
    .filter(Boolean);
  const version = c.req.query("version") || c.req.query("instance_id") || undefined;
  const unknown = states.find((state) => !WAITABLE.includes(state));
  if (unknown !== undefined) throw invalidArgument(`unknown state ${unknown}`);
  const timeoutSeconds = Number((c.req.query("timeout") || "60").replace(/s$/, ""));
  if (!(timeoutSeconds >= 1 && timeoutSeconds <= 60)) {
    throw invalidArgument("timeout: value must be inside range [1s, 1m0s]");
  }
  return { states: states.length > 0 ? states : ["started"], version, timeoutSeconds };
}

async function waitFor(
  { store, clock }: FlyContext,
  machine: MachineRecord,
  wait: WaitRequest,
  signal: AbortSignal,
): Promise<Response> {
  const over = Promise.withResolvers<"reached" | "never" | "timeout" | "gone">();
  function check(): void {
    if (isReached(machine, wait)) over.resolve("reached");
    else if (isFinal(machine, wait)) over.resolve("never");
  }
  const unwatch = store.watchMachine(machine.id, check);
  const cancel = clock.after(wait.timeoutSeconds * 1000, () => over.resolve("timeout"));
  const onAbort = (): void => over.resolve("gone");
  signal.addEventListener("abort", onAbort, { once: true });
  check();
  const outcome = await over.promise;
  unwatch();
  cancel();
  signal.removeEventListener("abort", onAbort);
  if (outcome === "reached") {
    const { state, instance_id: version, events } = machine;
    return Response.json({ ok: true, state, version, event_id: events[0]?.id ?? "" });
  }
  const wanted = wait.states.join(", ");
  if (outcome === "never") {
    throw new FlyApiError(
      400,
      `failed_precondition: machine failed to reach desired state, ${wanted}, currently ${machine.state}`,
    );
  }
  throw new FlyApiError(
    408,
    `deadline_exceeded: timeout waiting for machine ${machine.id} to reach ${wanted}, currently ${machine.state}`,
  );
}

function isReached(
  { state, instance_id }: MachineRecord,
  { states, version }: WaitRequest,
): boolean {
  if (version !== undefined && version !== instance_id) return false;
  return states.some((wanted) =>
    wanted === "settled" ? SETTLED.includes(state) : wanted === state,
  );
}

/** Returns whether the Machine can't reach any other state any more: it was destroyed, or this version of it failed. */
function isFinal({ state, instance_id }: MachineRecord, { version }: WaitRequest): boolean {
  if (state === "destroyed") return true;
  return state === "failed" && (version === undefined || version === instance_id);
}
