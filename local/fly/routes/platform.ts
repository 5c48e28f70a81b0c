/** What isn't about one app: regions, capacity, the token. */
import { z } from "zod";
import { REGIONS } from "../../machines/regions.ts";
import { readBody, type FlyContext, type Register } from "../request.ts";

const placementsSchema = z.looseObject({
  org_slug: z.string(),
  region: z.string().optional(),
  count: z.int().optional(),
});

/** Machines per region that the local cloud claims to have room for. */
const CAPACITY = 50;

export function platformRoutes(on: Register, context: FlyContext): void {
  on("GET", "/v1/platform/regions", { action: "list regions" }, (c) =>
    c.json({
      nearest: "iad",
      regions: REGIONS.map(({ code, name, latitude, longitude, geo }) => ({
        code,
        name,
        latitude,
        longitude,
        gateway_available: true,
        geo_region: geo,
        requires_paid_plan: false,
        deprecated: false,
        mpg_available: false,
      })),
    }),
  );

  on("POST", "/v1/platform/placements", { action: "get placements" }, async (c) => {
    const body = await readBody(c, placementsSchema);
    const asked = body.region?.split(",").filter(Boolean) ?? [];
    const regions = REGIONS.filter(({ code }) => asked.length === 0 || asked.includes(code));
    const count = body.count || CAPACITY;
    return c.json({
      regions: regions.map(({ code }) => ({
        region: code,
        count: Math.min(count, CAPACITY),
        concurrency: CAPACITY,
      })),
    });
  });

  on("GET", "/v1/tokens/current", { action: "get token" }, (c) => {
    const slugs = [...new Set(context.store.apps.all().map(({ organization }) => organization))];
    const organizations = slugs.length > 0 ? slugs : ["personal"];
    return c.json({
      tokens: organizations.map((slug) => ({
        org_slug: slug,
        organization: slug,
        apps: [],
        user: "local@flotilla.test",
        restricted_to_machine: "",
        token_id: "local",
      })),
    });
  });
}
