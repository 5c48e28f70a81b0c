/** What every route does first: a token, the rate limit, the app and Machine it is about, its body. */
import type { Context, Hono } from "hono";
import type { z } from "zod";
import type { Faults } from "../../faults/rules.ts";
import type { Clock } from "../../machines/virtual-clock.ts";
import type { Random } from "../../machines/random.ts";
import type { MachineRunner } from "../../machines/runner.ts";
import type { ResolveDns } from "../certificates/state.ts";
import { strikeMachine } from "../machines/effects.ts";
import { FlyApiError, invalidArgument, notFound } from "../wire/errors.ts";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import { DEFAULT_LIMIT, GET_LIMIT, type Limit, type Limits } from "./limits.ts";
import type { AppRecord, MachineRecord } from "../store/records.ts";
import type { FlyStore } from "../store/store.ts";
import { assertScope, authenticate } from "./tokens.ts";

export interface FlyContext {
  readonly store: FlyStore;
  readonly machines: Lifecycle;
  readonly runner: MachineRunner;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Limits;
  readonly token: string;
  readonly octet: number;
  readonly lagMs: number;
  readonly listLagMs: number;
  readonly faults: Faults;
  /** What certificates are validated by; without it every hostname counts as set up. */
  readonly resolveDns: ResolveDns | undefined;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** `limit` names the action in Fly's sense and the path parameter it is counted by. */
export type Register = (
  method: Method,
  path: string,
  limit: { action: string; by?: string; rate?: Limit },
  handler: (c: Context) => Response | Promise<Response>,
) => void;

/** Routes check the token themselves, because Fly answers an unknown route before it looks at the token. */
export function registerOn(app: Hono, context: FlyContext): Register {
  return (method, path, { action, by, rate }, handler) => {
    app.on(method, path, (c) => {
      const { store, clock } = context;
      const caller = authenticate(c, context.token, { tokens: store.tokens, nowMs: clock.now() });
      if (!path.startsWith("/v1/tokens") && !path.startsWith("/v1/platform")) {
        assertScope(caller, c.req.param("app"));
      }
      const identifier = by === undefined ? "" : param(c, by);
      context.limits.take(action, identifier, rate ?? DEFAULT_LIMIT);
      strikeMachine(context, c);
      return handler(c);
    });
  };
}

export { GET_LIMIT };

export function param(c: Context, name: string): string {
  return c.req.param(name) ?? "";
}

/** `?flag`, `?flag=true` and `?flag=1` are on. */
export function flag(c: Context, name: string): boolean {
  const value = c.req.query(name);
  return value !== undefined && value !== "false" && value !== "0";
}

/** The app of the path. Reads don't see an app that was made a moment ago. */
export function appOf(context: FlyContext, c: Context): AppRecord {
  const app = context.store.apps.get(param(c, "app"));
  if (app === undefined) throw notFound("app");
  if (c.req.method === "GET" && app.visible_at_ms > context.clock.now()) throw notFound("app");
  return app;
}

/** The Machine of the path, destroyed ones too. Reads don't see one that was made a moment ago. */
export function machineOf(context: FlyContext, c: Context): MachineRecord {
  const app = appOf(context, c);
  const machine = context.store.machines.get(param(c, "id"));
  if (machine === undefined || machine.app !== app.name) throw notFound("machine");
  if (c.req.method === "GET" && !isVisible(context, machine)) throw notFound("machine");
  return machine;
}

/** As `machineOf`, for calls that a destroyed Machine can't take. */
export function liveMachineOf(context: FlyContext, c: Context): MachineRecord {
  const machine = machineOf(context, c);
  if (machine.state === "destroyed") throw notFound("machine");
  return machine;
}

export function isVisible(context: FlyContext, machine: MachineRecord): boolean {
  return machine.visible_at_ms <= context.clock.now();
}

/** A JSON body. Nulls and empty strings count as absent (fly-go sends both), but for the fields in `keepNulls`. */
export async function readBody<T>(
  c: Context,
  schema: z.ZodType<T>,
  options: { optional?: boolean; keepNulls?: boolean } = {},
): Promise<T> {
  const text = await c.req.text();
  if (text === "" && options.optional !== true) throw new FlyApiError(400, "EOF");
  let json: unknown;
  try {
    json = text === "" ? {} : JSON.parse(text);
  } catch (error) {
    throw invalidArgument(error instanceof Error ? error.message : "invalid JSON");
  }
  const parsed = schema.safeParse(options.keepNulls === true ? json : withoutNulls(json));
  if (!parsed.success) throw invalidArgument(formatIssues(parsed.error));
  return parsed.data;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== null)
      .map(([key, entry]) => [key, withoutNulls(entry)]),
  );
}

function formatIssues(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join(".")}: ${message}` : message))
    .join("; ");
}
