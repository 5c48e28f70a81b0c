/** Regions, capacity and tokens. */
import { z } from "zod";
import { durationMs } from "../../machines/duration.ts";
import { REGIONS } from "../../machines/regions.ts";
import { organizationSlugs } from "../organizations/slugs.ts";
import { appOf, readBody } from "../request/read.ts";
import type { FlyContext } from "../request/context.ts";
import type { Register } from "../request/register.ts";
import { authenticate, makeDeployToken } from "../request/tokens.ts";

const placementsSchema = z.looseObject({
  org_slug: z.string(),
  region: z.string().optional(),
  count: z.int().optional(),
  volume_name: z.string().optional(),
});

/** Machines per region for which the local cloud reports room. */
const CAPACITY = 50;
const TWENTY_YEARS_MS = 20 * 365 * 24 * 3600_000;
const tokenSchema = z.looseObject({ expiry: z.string().optional() });

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
    const machines = context.store.machines.all().filter(({ state }) => state !== "destroyed");
    return c.json({
      regions: regions.map(({ code }) => {
        const free = Math.max(
          0,
          CAPACITY - machines.filter(({ region }) => region === code).length,
        );
        return { region: code, count: Math.min(body.count || free, free), concurrency: free };
      }),
    });
  });

  on("GET", "/v1/tokens/current", { action: "get token" }, (c) => {
    const { store, clock, token } = context;
    const scope = authenticate(c, token, { tokens: store.tokens, nowMs: clock.now() }).app;
    const apps = store.apps.all();
    const own = apps.find(({ name }) => name === scope);
    const slugs = scope === undefined ? organizationSlugs(store) : [own?.organization ?? ""];
    return c.json({
      tokens: slugs.map((slug) => ({
        org_slug: slug,
        organization: slug,
        apps: scope === undefined ? [] : [scope],
        user: "local@flotilla.test",
        restricted_to_machine: "",
        token_id: scope === undefined ? "local" : `deploy-${scope}`,
      })),
    });
  });

  // The body is required, though every field of it is optional.
  on(
    "POST",
    "/v1/apps/:app/deploy_token",
    { action: "create deploy token", by: "app" },
    async (c) => {
      const { name } = appOf(context, c);
      const { expiry } = await readBody(c, tokenSchema);
      const lastsMs = durationMs(expiry || undefined, TWENTY_YEARS_MS);
      const expiresAt = context.clock.now() + lastsMs;
      return c.json({ token: `FlyV1 ${makeDeployToken(context.store.tokens, name, expiresAt)}` });
    },
  );
}
