/** `POST /graphql`: flyctl calls it before almost every command, and for all of `flyctl ips`. */
import { z } from "zod";
import type { FlyContext } from "../request/context.ts";
import { NO_LIMIT } from "../request/limits.ts";
import { readBody } from "../request/read.ts";
import type { Register } from "../request/register.ts";
import { answerGraphql } from "./execute.ts";
import { graphqlRoots } from "./resolvers.ts";
import { schema } from "./schema.ts";

const querySchema = z.looseObject({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
});

export function graphqlRoutes(on: Register, context: FlyContext): void {
  const roots = graphqlRoots(context);
  on("POST", "/graphql", { action: "graphql", rate: NO_LIMIT }, async (c) => {
    const { query, variables } = await readBody(c, querySchema, { keepNulls: true });
    const { status, body } = await answerGraphql(schema, roots, {
      query,
      variables: variables ?? {},
    });
    return c.json(body, status);
  });
}
