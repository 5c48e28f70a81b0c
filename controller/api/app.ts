/** The API over HTTP: authentication, roles, rate limits, checked input, and one form of answers and problems. */
import { instantOf } from "../model/shapes.ts";
import { Hono } from "hono";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Logger } from "pino";
import { messageOf } from "../../lib/message-of.ts";
import { createRequestRateLimit } from "../access/request-rate-limit.ts";
import { IDEMPOTENCY_KEY } from "../model/shapes.ts";
import type { Token } from "../model/token.ts";
import { assertAllowed, authenticate } from "./authenticate.ts";
import { createIdempotentMutations, toProblem } from "./idempotent-mutation.ts";
import { renderOpenApi } from "./openapi.ts";
import type { ApiPorts } from "./ports.ts";
import { ProblemError } from "./problem.ts";
import type { RouteRequest, ReadRoute, Reply, Route, WriteRoute } from "./route.ts";
import { burstRoutes } from "./burst-routes.ts";
import { pauseRoutes } from "./pause-routes.ts";
import { specRoutes } from "./spec-routes.ts";
import { stateRoutes } from "./state-routes.ts";
import { systemRoutes } from "./system-routes.ts";

export interface ApiOptions extends ApiPorts {
  readonly log: Logger;
  /** Client address: requests without a valid token are rate-limited by it. */
  readonly peer: (context: Context) => string;
  /** Rate limit per token: requests per second, and at once. */
  readonly rate?: { readonly perSecond: number; readonly burst: number };
}

export interface ControllerApi {
  readonly app: Hono;
  readonly routes: readonly Route[];
  /** Settles requests that a crash cut off. Throws what the specs' remote throws. */
  recover(): Promise<void>;
}

const MAX_BODY_BYTES = 8 * 1024 * 1024;
const DEFAULT_RATE = { perSecond: 100, burst: 200 };
/** Rate limit of invalid tokens per address. Guessing is hopeless anyway; this keeps it cheap. */
const UNAUTHENTICATED_RATE = { perSecond: 5, burst: 20 };

export function createApi(options: ApiOptions): ControllerApi {
  const { store, specs, clock, log, peer } = options;
  const now = (): number => clock.now();
  const known = createRequestRateLimit({ ...(options.rate ?? DEFAULT_RATE), now });
  const unauthenticated = createRequestRateLimit({ ...UNAUTHENTICATED_RATE, now });
  const once = createIdempotentMutations(store, specs);
  const counters = new Map<string, number>();
  const routes: readonly Route[] = [
    ...burstRoutes(options),
    ...pauseRoutes(options),
    ...specRoutes(options),
    ...stateRoutes(options),
    ...systemRoutes(options, counters, () => renderOpenApi(routes)),
  ];

  async function identify(context: Context): Promise<Token> {
    const address = peer(context);
    try {
      const token = await authenticate(store, context.req.header("authorization"));
      assertRate(known.take(token.id));
      return token;
    } catch (error) {
      if (error instanceof ProblemError && error.code === "unauthenticated")
        assertRate(unauthenticated.take(address));
      throw error;
    }
  }

  async function answer(route: Route, context: Context): Promise<Response> {
    if (route.role === "open" && route.method === "get")
      return toResponse(await route.respond(callOf(context, nobody)));
    const actor = await identify(context);
    if (route.method === "get") return answerRead(route, context, actor);
    return answerWrite(route, context, actor);
  }

  async function answerRead(route: ReadRoute, context: Context, actor: Token): Promise<Response> {
    if (route.role !== "open") assertAllowed(actor, route.role);
    return toResponse(await route.respond(callOf(context, actor)));
  }

  async function answerWrite(route: WriteRoute, context: Context, actor: Token): Promise<Response> {
    const call = callOf(context, actor);
    if (route.role === "open") throw new Error(`${route.path} changes something and is open`);
    try {
      assertAllowed(actor, route.role);
    } catch (error) {
      // A forbidden attempt is audited too.
      await store.commit([
        {
          add: "audit",
          entry: {
            at: instantOf(call.now),
            actor: actor.name,
            action: route.action,
            target: Object.values(call.params).join(" ") || "fleet",
            result: "refused",
            detail: messageOf(error),
            request: options.newId("q"),
          },
        },
      ]);
      throw error;
    }
    const text = await context.req.text();
    const { pathname, search } = new URL(context.req.url);
    const reply = await once.run({
      route,
      actor,
      key: keyOf(context),
      text: `${route.method} ${pathname}${search}\n${text}`,
      call: { ...call, body: parseBody(route, context, text) },
    });
    return toResponse(reply);
  }

  function callOf(context: Context, actor: Token): RouteRequest<unknown, unknown> {
    return {
      params: context.req.param(),
      query: context.req.query(),
      body: undefined,
      actor,
      request: "",
      now: clock.now(),
      header: (name) => context.req.header(name),
      signal: context.req.raw.signal,
    };
  }

  function toErrorResponse(error: unknown, context: Context): Response {
    const problem = toProblem(error);
    if (problem.code === "internal")
      log.error(
        { err: error, method: context.req.method, path: context.req.path },
        "request failed",
      );
    return new Response(JSON.stringify(problem.toProblem()), {
      status: problem.status,
      headers: { "content-type": "application/problem+json", ...problem.details.headers },
    });
  }

  const app = new Hono();
  app.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw new ProblemError(
          "too_large",
          `the body of a request may have at most ${MAX_BODY_BYTES} bytes`,
        );
      },
    }),
  );
  app.use(async (context, next) => {
    await next();
    context.header("x-content-type-options", "nosniff");
    context.header("cache-control", "no-store");
  });
  for (const route of routes)
    app.on(route.method.toUpperCase(), toHonoPath(route.path), async (context) => {
      const response = await answer(route, context).catch((error: unknown) =>
        toErrorResponse(error, context),
      );
      const key = `${route.method} ${route.path} ${response.status}`;
      counters.set(key, (counters.get(key) ?? 0) + 1);
      return response;
    });
  for (const path of new Set(routes.map((route) => route.path))) {
    const allow = routes
      .filter((route) => route.path === path)
      .map(({ method }) => method.toUpperCase())
      .join(", ");
    app.all(toHonoPath(path), () => {
      throw new ProblemError("method_not_allowed", `this address accepts ${allow}`, {
        headers: { allow },
      });
    });
  }
  app.notFound((context) =>
    toErrorResponse(
      new ProblemError("not_found", "no route has this address: /openapi.json lists the routes"),
      context,
    ),
  );
  app.onError(toErrorResponse);
  return { app, routes, recover: async () => once.recover(clock.now()) };
}

/** Stands for the token on an open route. */
const nobody: Token = { id: "", name: "", role: "viewer", hash: "", created_at: "" };

function assertRate(waitSeconds: number): void {
  if (waitSeconds === 0) return;
  throw new ProblemError("rate_limited", `too many requests: wait ${waitSeconds} s`, {
    headers: { "retry-after": String(waitSeconds) },
  });
}

function keyOf(context: Context): string | undefined {
  const key = context.req.header("idempotency-key");
  if (key === undefined) return undefined;
  if (!IDEMPOTENCY_KEY.test(key))
    throw new ProblemError(
      "invalid_request",
      "Idempotency-Key must be 1 to 200 visible ASCII characters: a UUID is fine",
    );
  return key;
}

function parseBody(route: WriteRoute, context: Context, text: string): unknown {
  if (text === "") return undefined;
  const type = context.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json")
    throw new ProblemError(
      "invalid_request",
      "the body must be JSON: content-type application/json",
    );
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ProblemError(
      "invalid_request",
      `the body of ${route.path} isn't JSON: ${String(cause)}`,
      {
        cause,
      },
    );
  }
}

/** `/v1/bursts/{id}` → `/v1/bursts/:id`. */
function toHonoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

function toResponse(reply: Reply | Response): Response {
  if (reply instanceof Response) return reply;
  return new Response(JSON.stringify(reply.body ?? null), {
    status: reply.status,
    headers: { "content-type": "application/json", ...reply.headers },
  });
}
