/**
 * A route is data and one function: the server, the OpenAPI document and the walk over all of it in the tests are made
 * from the same list.
 */
import { z } from "zod";
import type { Role, Token } from "../model/token.ts";
import type { StoreChange } from "../store/store.ts";
import { ProblemError } from "./problem.ts";

export interface RouteRequest<Body, Query> {
  /** From the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly actor: Token;
  /** Names the request in the audit log and in commits; the same for a repeat with the same key. */
  readonly request: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Of the request; names in lower case. */
  readonly header: (name: string) => string | undefined;
  readonly signal: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a mutation does: written in one piece with its audit entry and the answer. */
export interface MutationResult {
  readonly reply: Reply;
  readonly changes: readonly StoreChange[];
  readonly audit: {
    readonly target: string;
    readonly reason?: string;
    readonly before?: unknown;
    readonly after?: unknown;
  };
  /** False: only tried (a dry run), so there is nothing to remember. */
  readonly counts?: boolean;
  /** After it is written. */
  readonly afterwards?: () => void;
}

interface Shape {
  readonly path: string;
  readonly summary: string;
  /** `open`: without a token. */
  readonly role: Role | "open";
  /** Request headers besides those every route has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Status → what comes; problems go without saying. */
  readonly answers: Readonly<Record<number, ResponseShape>>;
}

interface WriteShape extends Shape {
  readonly method: "post" | "put" | "delete";
  /** In the audit log: `burst.start`. */
  readonly action: string;
  /** It leaves a trace outside the store (a pushed commit), so that it is noted before it begins. */
  readonly outside?: true;
}

export interface ResponseShape {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** @default application/json */
  readonly type?: string;
}

/** Body and query as they came: a route's function checks them by its schemas first. */
type RawRequest = RouteRequest<unknown, unknown>;

export interface ReadRoute extends Shape {
  readonly method: "get";
  readonly query: z.ZodObject;
  readonly respond: (call: RawRequest) => Promise<Reply | Response>;
}

export interface WriteRoute extends WriteShape {
  readonly query: z.ZodObject;
  readonly body: z.ZodType;
  readonly respond: (call: RawRequest) => Promise<MutationResult>;
}

export type Route = ReadRoute | WriteRoute;

export const NO_QUERY = z.strictObject({});
export const NO_BODY = z.undefined();

export function read<Q extends z.ZodObject>(
  route: Shape & {
    readonly query: Q;
    readonly handle: (call: RouteRequest<unknown, z.infer<Q>>) => Promise<Reply | Response>;
  },
): ReadRoute {
  const { handle, ...shape } = route;
  return {
    ...shape,
    method: "get",
    respond: async (call) => handle({ ...call, query: check(shape.query, call.query, "query") }),
  };
}

export function write<B extends z.ZodType, Q extends z.ZodObject>(
  route: WriteShape & {
    readonly query: Q;
    readonly body: B;
    readonly handle: (call: RouteRequest<z.infer<B>, z.infer<Q>>) => Promise<MutationResult>;
  },
): WriteRoute {
  const { handle, ...shape } = route;
  return {
    ...shape,
    respond: async (call) =>
      handle({
        ...call,
        query: check(shape.query, call.query, "query"),
        body: check(shape.body, call.body, "body"),
      }),
  };
}

/** Throws a problem that names every place. */
function check<S extends z.ZodType>(schema: S, value: unknown, where: string): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const said = result.error.issues.map(
    ({ path, message }) => `\`${[where, ...path].join(".")}\`: ${message}`,
  );
  throw new ProblemError("invalid_request", said.join("; "));
}
