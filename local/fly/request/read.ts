/** Reads what a request says: parameters, flags, the app of the path, the JSON body. */
import type { Context } from "hono";
import type { z } from "zod";
import { messageOf } from "../../../lib/message-of.ts";
import type { AppRecord } from "../store/records.ts";
import { FlyApiError, invalidArgument, notFound } from "../wire/errors.ts";
import type { FlyContext } from "./context.ts";

export function param(c: Context, name: string): string {
  return c.req.param(name) ?? "";
}

/** Returns whether a flag of the query is on: `?flag`, `?flag=true` and `?flag=1` are. */
export function flag(c: Context, name: string): boolean {
  const value = c.req.query(name);
  return value !== undefined && value !== "false" && value !== "0";
}

/**
 * Returns the app of the path. Reads don't see an app that was created a moment ago.
 *
 * @throws FlyApiError (404)
 */
export function appOf({ store, clock }: FlyContext, c: Context): AppRecord {
  const app = store.apps.get(param(c, "app"));
  if (app === undefined) throw notFound("app");
  if (c.req.method === "GET" && app.visible_at_ms > clock.now()) throw notFound("app");
  return app;
}

/**
 * Returns the JSON body. Nulls count as absent, as fly-go sends them for unset fields; `keepNulls` keeps them.
 *
 * @throws FlyApiError (400)
 */
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
    throw invalidArgument(messageOf(error));
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
