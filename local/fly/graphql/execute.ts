/** Answers a GraphQL document by the emulator's schema and resolvers, with errors in the form of Fly's API. */
import {
  execute,
  GraphQLError,
  KnownFragmentNamesRule,
  KnownOperationTypesRule,
  parse,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from "graphql";
import { FlyApiError } from "../wire/errors.ts";

export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface GraphqlResponse {
  /** 400 for text that isn't a complete GraphQL document; every other error is in the body of a 200, as on Fly. */
  readonly status: 200 | 400;
  readonly body: {
    readonly data?: unknown;
    readonly errors?: readonly GraphqlErrorWire[];
  };
}

interface GraphqlErrorWire {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string };
}

/**
 * @param roots resolvers of the root fields: a value, or a function of the field's arguments
 * @throws what a resolver throws, unless it is a GraphQLError or a FlyApiError
 */
export async function answerGraphql(
  schema: GraphQLSchema,
  roots: object,
  { query, variables }: GraphqlRequest,
): Promise<GraphqlResponse> {
  const document = parseDocument(query);
  if (document instanceof GraphQLError) return refusal(400, [document]);
  const incomplete = validate(schema, document, [KnownFragmentNamesRule, KnownOperationTypesRule]);
  if (incomplete.length > 0) return refusal(400, incomplete);
  const invalid = validate(schema, document);
  if (invalid.length > 0) return refusal(200, invalid);
  const { data, errors } = await execute({
    schema,
    document,
    rootValue: roots,
    variableValues: variables,
  });
  if (errors === undefined) return { status: 200, body: { data } };
  return { status: 200, body: { data: data ?? null, errors: errors.map(toWire) } };
}

function parseDocument(query: string): DocumentNode | GraphQLError {
  try {
    return parse(query);
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

function refusal(status: 200 | 400, errors: readonly GraphQLError[]): GraphqlResponse {
  return { status, body: { errors: errors.map(toWire) } };
}

function toWire({ message, path, extensions, originalError }: GraphQLError): GraphqlErrorWire {
  if (originalError !== undefined && !isExpected(originalError)) throw originalError;
  const where = path === undefined ? {} : { path };
  return (
    unknownField(message) ?? {
      message,
      ...where,
      extensions: { code: codeOf(originalError, extensions) },
    }
  );
}

function isExpected(error: Error): boolean {
  return error instanceof GraphQLError || error instanceof FlyApiError;
}

function codeOf(error: Error | undefined, extensions: GraphQLError["extensions"]): string {
  if (error instanceof FlyApiError) return error.httpStatus === 404 ? "NOT_FOUND" : "UNPROCESSABLE";
  return typeof extensions["code"] === "string" ? extensions["code"] : "";
}

/** Fly's words for a field that its schema doesn't have (graphql-ruby). */
function unknownField(message: string): GraphqlErrorWire | undefined {
  const [, field, type] = /^Cannot query field "(\w+)" on type "(\w+)"/.exec(message) ?? [];
  if (field === undefined) return undefined;
  return {
    message: `Field '${field}' doesn't exist on type '${type}'`,
    extensions: { code: "undefinedField" },
  };
}
