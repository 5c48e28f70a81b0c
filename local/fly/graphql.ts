/**
 * The two GraphQL reads that flyctl does before almost every command. Answers by alias, as its generated client
 * decodes by alias; there is no GraphQL engine behind it.
 */
import { z } from "zod";
import type { AppRecord } from "./records.ts";
import { readBody, type FlyContext, type Register } from "./request.ts";

const querySchema = z.looseObject({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).optional(),
});

/** Aliases of `app(name: …)` in GetAppCompact and GetAppBasic, and the bare field. */
const APP_FIELD = /\b(?:(appcompact|appbasic)\s*:\s*)?app\s*\(/g;

export function graphqlRoutes(on: Register, { store }: FlyContext): void {
  on("POST", "/graphql", { action: "graphql" }, async (c) => {
    const { query, variables } = await readBody(c, querySchema);
    const data: Record<string, unknown> = {};
    for (const [, alias] of query.matchAll(APP_FIELD)) {
      const name = variables?.["name"] ?? variables?.["appName"];
      const app = typeof name === "string" ? store.apps.get(name) : undefined;
      if (app === undefined) {
        const message = `Could not find App "${String(name)}"`;
        return c.json({ data: null, errors: [{ message, path: [alias ?? "app"] }] });
      }
      data[alias ?? "app"] = graphqlApp(app);
    }
    if (Object.keys(data).length > 0) return c.json({ data });
    const message = "the local cloud doesn't know this GraphQL operation";
    return c.json({ data: null, errors: [{ message }] });
  });
}

function graphqlApp(app: AppRecord): object {
  const organization = app.organization;
  return {
    id: app.id,
    internalNumericId: app.internal_numeric_id,
    name: app.name,
    hostname: `${app.name}.fly.dev`,
    cnameTarget: `${app.id}.${app.name}.fly.dev`,
    deployed: true,
    network: app.network,
    status: "deployed",
    appUrl: `https://${app.name}.fly.dev`,
    platformVersion: "machines",
    organization: {
      id: organization,
      internalNumericId: "1",
      name: organization,
      slug: organization,
      rawSlug: organization,
      paidPlan: false,
    },
    postgresAppRole: null,
  };
}
