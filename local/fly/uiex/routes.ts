/** `/api/v1/*`, the third API that flyctl calls (FLY_UIEX_BASE_URL), as far as its commands for Machines need it. */
import { notFound } from "../wire/errors.ts";
import { NO_LIMIT } from "../request/limits.ts";
import { organizationSlugs } from "../organizations/slugs.ts";
import { appOf, param } from "../request/read.ts";
import type { FlyContext } from "../request/context.ts";
import type { Register } from "../request/register.ts";

export function uiexRoutes(on: Register, context: FlyContext): void {
  const { store } = context;
  const path = "/api/v1";
  const rate = NO_LIMIT;

  on("GET", `${path}/organizations`, { action: "uiex organizations", rate }, (c) =>
    c.json({ organizations: organizationSlugs(store).map(organizationView) }),
  );

  on("GET", `${path}/organizations/:slug`, { action: "uiex organization", rate }, (c) =>
    c.json({ organization: organizationView(param(c, "slug")) }),
  );

  // `machine run IMAGE` starts and finishes a build even when there is nothing to build.
  for (const tail of ["", "/finish"]) {
    on("POST", `${path}/builds${tail}`, { action: "uiex build", rate }, (c) =>
      c.json({ id: 1, status: tail === "" ? "running" : "succeeded", wallclock_time_ms: 0 }),
    );
  }

  on("GET", `${path}/releases/all_current`, { action: "uiex releases", rate }, (c) => c.json({}));

  on("GET", `${path}/apps/:app/releases`, { action: "uiex releases", rate }, (c) => {
    appOf(context, c);
    return c.json({ releases: [] });
  });

  // Fly answers 404 for an app without releases, as every app is that the REST API created.
  on("GET", `${path}/apps/:app/releases/current`, { action: "uiex release", rate }, (c) => {
    appOf(context, c);
    throw notFound("release");
  });
}

function organizationView(slug: string): object {
  return {
    id: slug,
    internal_numeric_id: 1,
    slug,
    raw_slug: slug,
    name: slug,
    paid_plan: true,
    personal: slug === "personal",
    billing_status: "CURRENT",
    billable: true,
    provisions_beta_extensions: false,
    remote_builder_image: "",
  };
}
