/** `POST /graphql`: what flyctl asks before almost every command, and all of its `ips`. */
import { z } from "zod";
import { execute } from "./execute.ts";
import { parseOperation, type Operation } from "./parse.ts";
import { graphqlRoots } from "./schema.ts";
import { NO_LIMIT } from "../request/limits.ts";
import { readBody } from "../request/read.ts";
import type { FlyContext } from "../request/context.ts";
import type { Register } from "../request/register.ts";

const querySchema = z.looseObject({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
});

export function graphqlRoutes(
  on: Register,
  context: FlyContext,
  log: (line: string) => void,
): void {
  const roots = graphqlRoots(context);
  on("POST", "/graphql", { action: "graphql", rate: NO_LIMIT }, async (c) => {
    const { query, variables } = await readBody(c, querySchema, { keepNulls: true });
    let operation: Operation;
    try {
      operation = parseOperation(query);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return c.json({ errors: [{ message: error.message }] }, 400);
    }
    return c.json(
      execute(operation, variables ?? {}, roots, (path) =>
        log(`graphql: ${path} isn't known here`),
      ),
    );
  });
}
