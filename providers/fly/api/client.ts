/**
 * HTTP client of Fly's Machines API. Calls are sent at the rate that Fly allows. After a 429 a call of any method is
 * repeated, after `Retry-After` if Fly sent it; after other temporary failures only a call that can't take effect twice.
 * Every failure is thrown as `FlyError`.
 */
import ky, { HTTPError } from "ky";
import { z } from "zod";

import { sleep, systemClock } from "../../../lib/clock.ts";
import type { Clock } from "../../../lib/clock.ts";
import { FlyError } from "./errors.ts";
import { bucketOf, createRateLimiter } from "./rate-limiter.ts";
import { redact, renderAuthorization } from "./token.ts";
import { errorWire } from "./wire.ts";
import { assertOneTarget, flyUrl } from "./target.ts";
import type { Environment } from "./target.ts";

export interface FlyRequest<Schema extends z.ZodType> {
  /** To follow "Can't" in an error: `create Machine iad-0`. */
  readonly what: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Relative to `/v1/`, segments already encoded (`appPath`). */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Shape of the response's body. */
  readonly response: Schema;
  /** The call may be repeated after no answer or a 5xx. @default true except for POST */
  readonly repeatable?: boolean;
  /** Statuses that the caller handles, so that they are never retried. */
  readonly expected?: readonly number[];
  /** @default 30 000 */
  readonly timeoutMs?: number;
  readonly host?: string;
  readonly region?: string;
}

/** One connection to Fly: the first parameter of every function that calls it. */
export interface Fly {
  readonly clock: Clock;
  /** Returns the number of writes to an app so far: what was read before a write is stale after it. */
  writes(app: string): number;
  /** @throws {FlyError} */
  call<Schema extends z.ZodType>(request: FlyRequest<Schema>): Promise<z.infer<Schema>>;
}

export interface FlyOptions {
  /** @default process.env */
  readonly env?: Environment;
  /** @default the system's */
  readonly clock?: Clock;
  /** Longest delay before the first retry, if Fly names no time; it doubles with each retry. @default 300 */
  readonly retryDelayMs?: number;
  /** Sends a request. @default the global `fetch` */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Numbers in [0, 1): jitter, so that processes don't retry at the same time. @default Math.random */
  readonly random?: () => number;
}

/** Accepts any response body. */
export const anyResponse = z.unknown();

const retryableStatuses = [408, 500, 502, 503, 504];
const retries = 4;
const longestRetryAfterMs = 30_000;
/** Long, since all creates of a fleet pass one bucket (1/s per app) one by one. */
const rateLimitedForMs = 15 * 60_000;

/**
 * Opens a connection; no call is made yet.
 *
 * @throws {TargetError} when the environment mixes the two targets or has no token
 */
export function createFly(options: FlyOptions = {}): Fly {
  const env = options.env ?? process.env;
  assertOneTarget(env);
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const limiter = createRateLimiter({ clock, random });
  const writes = new Map<string, number>();
  const http = ky.create({
    prefix: `${flyUrl(env)}/v1`,
    headers: {
      authorization: renderAuthorization(env["FLY_API_TOKEN"] ?? ""),
      "user-agent": "flotilla",
    },
    // All waiting uses the clock, so ky neither retries nor times out.
    retry: 0,
    timeout: false,
    ...(options.fetch === undefined ? {} : { fetch: sendWith(options.fetch) }),
  });

  async function send<Schema extends z.ZodType>(
    request: FlyRequest<Schema>,
  ): Promise<z.infer<Schema>> {
    const abort = new AbortController();
    const timeoutMs = request.timeoutMs ?? 30_000;
    const cancel = clock.after(timeoutMs, () => abort.abort());
    try {
      const response = await http(request.path, {
        method: request.method,
        signal: abort.signal,
        ...(request.json === undefined ? {} : { json: request.json }),
        ...(request.query === undefined ? {} : { searchParams: { ...request.query } }),
        ...(request.headers === undefined ? {} : { headers: { ...request.headers } }),
      });
      return parseResponse(request, response, await response.text());
    } catch (error) {
      if (abort.signal.aborted) throw timeoutError(request, timeoutMs);
      throw toFlyError(request, error);
    } finally {
      cancel();
    }
  }

  async function sendWithRetries<Schema extends z.ZodType>(
    request: FlyRequest<Schema>,
  ): Promise<z.infer<Schema>> {
    const bucket = bucketOf(request.method, request.path);
    const deadline = clock.now() + rateLimitedForMs;
    for (let failures = 1; ;) {
      await limiter.acquire(bucket);
      try {
        return await send(request);
      } catch (error) {
        if (!(error instanceof FlyError) || request.expected?.includes(error.status) === true)
          throw error;
        if (error.status === 429) {
          limiter.backOff(bucket, error.details.retryAfterMs);
          if (clock.now() >= deadline) throw error;
          continue;
        }
        const isRepeatable = request.repeatable ?? request.method !== "POST";
        if (!error.retryable || !isRepeatable || failures > retries) throw error;
        const longest = Math.min(5_000, (options.retryDelayMs ?? 300) * 2 ** (failures - 1));
        await sleep(clock, error.details.retryAfterMs ?? Math.ceil(longest * random()));
        failures += 1;
      }
    }
  }

  async function call<Schema extends z.ZodType>(
    request: FlyRequest<Schema>,
  ): Promise<z.infer<Schema>> {
    try {
      return await sendWithRetries(request);
    } finally {
      const app = /^apps\/([^/]+)/.exec(request.path)?.[1];
      if (request.method !== "GET" && app !== undefined)
        writes.set(app, (writes.get(app) ?? 0) + 1);
    }
  }

  return { clock, call, writes: (app) => writes.get(encodeURIComponent(app)) ?? 0 };
}

/** Adapts a port that takes a `Request` to the signature of `fetch`. */
function sendWith(port: (request: Request) => Promise<Response>): typeof globalThis.fetch {
  return (input, init) => port(new Request(input, init));
}

/** Returns `apps/acme/machines/…` with every segment encoded. */
export function appPath(app: string, ...segments: readonly string[]): string {
  return ["apps", app, ...segments].map(encodeURIComponent).join("/");
}

function parseResponse<Schema extends z.ZodType>(
  request: FlyRequest<Schema>,
  response: Response,
  body: string,
): z.infer<Schema> {
  const result = request.response.safeParse(body === "" ? undefined : parseJson(body));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new FlyError({
    ...callContext(request),
    status: response.status,
    code: "unexpected_answer",
    detail: `the response has an unexpected shape at \`${issue?.path.join(".") ?? ""}\`: ${issue?.message ?? ""}`,
    requestId: response.headers.get("fly-request-id") ?? undefined,
    hint: "Check that FLY_FLAPS_BASE_URL is a Fly Machines API.",
  });
}

function toFlyError(request: FlyRequest<z.ZodType>, error: unknown): FlyError {
  if (error instanceof FlyError) return error;
  if (error instanceof HTTPError) {
    const status = error.response.status;
    const body = errorWire.safeParse(error.data);
    const text = typeof error.data === "string" ? error.data.trim().slice(0, 200) : "";
    return new FlyError({
      ...callContext(request),
      status,
      code: body.data?.status || `http_${status}`,
      detail:
        body.data?.error ||
        body.data?.message ||
        text ||
        error.response.statusText ||
        "no reason given",
      requestId: error.response.headers.get("fly-request-id") ?? undefined,
      retryable: status === 429 || retryableStatuses.includes(status),
      retryAfterMs: retryAfterOf(error.response),
    });
  }
  return new FlyError({
    ...callContext(request),
    status: 0,
    code: "network",
    detail: redact(reasonOf(error)),
    retryable: true,
  });
}

function timeoutError(request: FlyRequest<z.ZodType>, timeoutMs: number): FlyError {
  return new FlyError({
    ...callContext(request),
    status: 0,
    code: "timeout",
    detail: `Fly didn't answer within ${timeoutMs / 1_000} s`,
    retryable: true,
  });
}

/** Reads `Retry-After`, which holds seconds or a date. */
function retryAfterOf(response: Response): number | undefined {
  const header = response.headers.get("retry-after");
  if (header === null || header === "") return undefined;
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1_000;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), longestRetryAfterMs);
}

/** Returns what an error may say about the request: never its headers, which hold the token. */
function callContext(
  request: FlyRequest<z.ZodType>,
): Pick<FlyError["details"], "what" | "host" | "region"> {
  return { what: request.what, host: request.host, region: request.region };
}

/** Returns the message of the innermost cause, e.g. `ECONNREFUSED` instead of `fetch failed`. */
function reasonOf(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error)
    innermost = innermost.cause;
  return innermost instanceof Error ? innermost.message || innermost.name : String(innermost);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
