/**
 * A route is data and one function. The server, the OpenAPI document and the tests that visit every route use the same
 * list.
 */
import { z } from "zod";
import type { Role, Token } from "../model/token.ts";
import type { StoreChange } from "../store/store.ts";
import { ProblemError } from "./problem.ts";

export interface RouteRequest<Body, Query> {
  /** Parameters of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly actor: Token;
  /** Id of the request in the audit log and in commits: a repeat with the same key has the same id. */
  readonly request: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Returns a header of the request, by its name in lower case. */
  readonly header: (name: string) => string | undefined;
  readonly signal: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a mutation does: the changes, its audit entry and the answer become one write of the store. */
export interface MutationResult {
  readonly reply: Reply;
  readonly changes: readonly StoreChange[];
  readonly audit: {
    readonly target: string;
    readonly reason?: string;
    readonly before?: unknown;
    readonly after?: unknown;
  };
  /** False for a dry run: no answer is stored under its key. */
  readonly counts?: boolean;
  /** Called after the write. */
  readonly afterwards?: () => void;
}

interface Shape {
  readonly path: string;
  readonly summary: string;
  /** `open`: needs no token. */
  readonly role: Role | "open";
  /** Request headers besides those that every route has: name → description. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Status → answer. Problems are added to every route. */
  readonly answers: Readonly<Record<number, ResponseShape>>;
}

interface WriteShape extends Shape {
  readonly method: "post" | "put" | "delete";
  /** As the audit log names it: `burst.start`. */
  readonly action: string;
  /** The mutation acts outside the store (it pushes a commit), so it is recorded before it begins. */
  readonly outside?: true;
}

export interface ResponseShape {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** @default application/json */
  readonly type?: string;
}

/** Body and query as they were received: a route's function checks them by its schemas first. */
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

/** Returns the checked value. Throws a problem that names every wrong field. */
function check<S extends z.ZodType>(schema: S, value: unknown, where: string): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const said = result.error.issues.map(
    ({ path, message }) => `\`${[where, ...path].join(".")}\`: ${message}`,
  );
  throw new ProblemError("invalid_request", said.join("; "));
}
