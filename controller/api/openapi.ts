/** Renders the OpenAPI 3.1 document from the routes and the named shapes. The same routes give the same bytes. */
import { z } from "zod";
import { problemSchema } from "../model/problem.ts";
import { IDEMPOTENCY_KEY, shapes } from "../model/shapes.ts";
import type { ResponseShape, Route } from "./route.ts";

type Json = Readonly<Record<string, unknown>>;

const problem: ResponseShape = {
  description: "A problem: `code` identifies it, `detail` says what happened and what to do",
  schema: problemSchema,
  type: "application/problem+json",
};

export function renderOpenApi(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = renderOperation(route);
  return {
    openapi: "3.1.0",
    info: {
      title: "flotilla controller",
      version: "1",
      description:
        "Desired and observed state of a fleet, and the ways to change it. Every route except `/healthz` needs a token. A write with an `Idempotency-Key` is performed once, however often it is sent.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "http://127.0.0.1:4400" }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description: "Roles: viewer, operator, admin. Each may do what the roles before it may.",
        },
      },
      schemas: renderSchemas(),
    },
  };
}

function renderOperation(route: Route): Json {
  const isWrite = route.method !== "get";
  const body = isWrite && !(route.body instanceof z.ZodUndefined) ? route.body : undefined;
  const failures = route.role === "open" ? [] : ["401", ...(isWrite ? ["403"] : []), "4XX", "5XX"];
  return {
    operationId: operationId(route),
    summary: route.summary,
    ...(route.role === "open" ? { security: [] } : { description: `Needs role ${route.role}.` }),
    parameters: [
      ...[...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
        name,
        in: "path",
        required: true,
        schema: { type: "string" },
      })),
      ...queryShapes(route).map(([name, schema]) => ({
        name,
        in: "query",
        required: false,
        schema: inline(schema),
      })),
      ...Object.entries(route.headers ?? {}).map(([name, description]) => ({
        name,
        in: "header",
        required: false,
        description,
        schema: { type: "string" },
      })),
      ...(isWrite ? [idempotencyKey] : []),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: { required: true, content: { "application/json": { schema: refTo(body) } } },
        }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, answer]) => [status, renderAnswer(answer)]),
      ),
      ...Object.fromEntries(failures.map((status) => [status, renderAnswer(problem)])),
    },
  };
}

const idempotencyKey = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "One key per intended change; repeats of a request carry the same key",
  schema: { type: "string", pattern: IDEMPOTENCY_KEY.source },
};

function queryShapes({ query }: Route): [string, z.core.$ZodType][] {
  const shape: Readonly<Record<string, z.core.$ZodType>> = query.shape;
  return Object.entries(shape);
}

function renderAnswer({ description, schema, type = "application/json" }: ResponseShape): Json {
  return {
    description,
    content: { [type]: schema === undefined ? {} : { schema: refTo(schema) } },
  };
}

/** `post /v1/bursts/{id}` → `postBurstsId`. */
function operationId({ method, path }: Route): string {
  const words = path.match(/[a-z]+/gi)?.filter((word) => word !== "v") ?? [];
  return [method, ...words.map((word) => word[0]?.toUpperCase() + word.slice(1))].join("");
}

function refTo(schema: z.ZodType): Json {
  const id = shapes.get(schema)?.id;
  if (id === undefined) throw new Error("a shape of the API isn't registered");
  return { $ref: `#/components/schemas/${id}` };
}

function renderSchemas(): Json {
  const { schemas } = z.toJSONSchema(shapes, {
    uri: (id) => `#/components/schemas/${id}`,
    io: "input",
    unrepresentable: "any",
  });
  return Object.fromEntries(
    Object.entries(schemas)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, schema]) => [id, tidy(schema)]),
  );
}

function inline(schema: z.core.$ZodType): Json {
  return Object(tidy(z.toJSONSchema(schema, { io: "output" }))) as Json;
}

/** Drops what the document says elsewhere: `$schema`, `$id`, and zod's pattern of a date beside `format: date-time`. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key]) =>
      key !== "$schema" &&
      key !== "$id" &&
      !(key === "pattern" && "format" in value && value.format === "date-time"),
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, tidy(inner)]));
}
