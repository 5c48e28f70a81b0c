/** Answers a parsed operation from plain objects: a field is a value, or a function of its arguments. */
import type { Field, Operation, Value } from "./parse.ts";

export type Resolved =
  | string
  | number
  | boolean
  | null
  | undefined
  | { readonly [field: string]: Resolved }
  | readonly Resolved[]
  | ((args: Args) => Resolved);

export type Args = Readonly<Record<string, unknown>>;

/** An error of one field, as GraphQL reports it: `data` is null, since Fly's fields mustn't be. */
export class GraphqlError extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

export interface GraphqlAnswer {
  readonly data: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly path: readonly string[];
    readonly extensions: { readonly code: string };
  }[];
}

/**
 * Fields of the root that aren't in `roots` are errors. Below it an unknown field is null, and `missing` hears of it:
 * Fly's schema has far more than anyone reads.
 */
export function execute(
  operation: Operation,
  variables: Args,
  roots: Readonly<Record<Operation["kind"], Readonly<Record<string, Resolved>>>>,
  missing: (path: string) => void,
): GraphqlAnswer {
  const data: Record<string, unknown> = {};
  for (const field of operation.fields) {
    try {
      const root = roots[operation.kind];
      if (!Object.hasOwn(root, field.name)) {
        throw new GraphqlError(
          `Field '${field.name}' doesn't exist on type '${operation.kind}' of the local cloud`,
          "undefinedField",
        );
      }
      data[field.alias] = resolve(field, root[field.name], variables, missing, field.name);
    } catch (error) {
      if (!(error instanceof GraphqlError)) throw error;
      const { message, code } = error;
      return { data: null, errors: [{ message, path: [field.alias], extensions: { code } }] };
    }
  }
  return { data };
}

function resolve(
  field: Field,
  given: Resolved,
  variables: Args,
  missing: (path: string) => void,
  path: string,
): unknown {
  const value = typeof given === "function" ? given(argsOf(field, variables)) : given;
  if (value === undefined) {
    missing(path);
    return null;
  }
  return select(field, value, variables, missing, path);
}

function select(
  field: Field,
  value: Resolved,
  variables: Args,
  missing: (path: string) => void,
  path: string,
): unknown {
  if (isList(value)) return value.map((entry) => select(field, entry, variables, missing, path));
  // A JSON scalar (a Machine's config) is selected without fields, and comes whole.
  if (value === null || typeof value !== "object" || field.fields.length === 0) return value;
  return Object.fromEntries(
    field.fields.map((inner) => [
      inner.alias,
      resolve(inner, value[inner.name], variables, missing, `${path}.${inner.name}`),
    ]),
  );
}

/** `Array.isArray` doesn't know readonly arrays. */
function isList(value: Resolved): value is readonly Resolved[] {
  return Array.isArray(value);
}

function argsOf(field: Field, variables: Args): Args {
  return Object.fromEntries(
    Object.entries(field.args).map(([name, value]) => [name, valueOf(value, variables)]),
  );
}

function valueOf(value: Value, variables: Args): unknown {
  if ("variable" in value) return variables[value.variable];
  if ("literal" in value) return value.literal;
  if ("list" in value) return value.list.map((entry) => valueOf(entry, variables));
  return Object.fromEntries(
    Object.entries(value.object).map(([name, entry]) => [name, valueOf(entry, variables)]),
  );
}
