/** Apps: https://fly.io/docs/machines/api/apps-resource */
import { z } from "zod";
import { MAX_APPS } from "../../machines/addresses.ts";
import { between } from "../../machines/random.ts";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import { FlyApiError, invalidArgument } from "../wire/errors.ts";
import { prefixedId } from "../wire/ids.ts";
import { APP_DELETE_LIMIT } from "../request/limits.ts";
import type { AppRecord } from "../store/records.ts";
import { appOf, readBody } from "../request/read.ts";
import { GET_LIMIT } from "../request/limits.ts";
import type { FlyContext } from "../request/context.ts";
import type { Register } from "../request/register.ts";

const createSchema = z.looseObject({
  /** OpenAPI and fly-go say `name`, the documentation `app_name`. */
  name: z.string().optional(),
  app_name: z.string().optional(),
  org_slug: z.string().optional(),
  network: z.string().optional(),
  idempotency_key: z.string().optional(),
});

export function appRoutes(on: Register, context: FlyContext, lifecycle: Lifecycle): void {
  const { store, clock } = context;

  on("POST", "/v1/apps", { action: "create app" }, async (c) => {
    const body = await readBody(c, createSchema);
    const name = body.name || body.app_name || "";
    if (!body.org_slug) throw invalidArgument("org_slug is required");
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) {
      throw invalidArgument("name must be at most 63 lower case letters, digits and dashes");
    }
    const existing = store.apps.get(name);
    const key = body.idempotency_key || undefined;
    const again = key && store.apps.all().find(({ idempotency_key }) => idempotency_key === key);
    if (again && again.name !== name) {
      throw new FlyApiError(422, "idempotency_key was used for another app");
    }
    if (existing !== undefined && !again) {
      throw new FlyApiError(422, "Validation failed: Name has already been taken", {
        status: "name_taken",
      });
    }
    const app = existing ?? makeApp(context, { name, organization: body.org_slug, body, key });
    store.apps.put(name, app);
    return c.json({ ...appView(context, app), created_at: Date.parse(app.created_at) }, 201);
  });

  on("GET", "/v1/apps", { action: "list apps" }, (c) => {
    const organization = c.req.query("org_slug");
    if (!organization) throw invalidArgument("org_slug is required");
    const apps = store.apps
      .all()
      .filter((app) => app.organization === organization && app.visible_at_ms <= clock.now());
    return c.json({ total_apps: apps.length, apps: apps.map((app) => appView(context, app)) });
  });

  on("GET", "/v1/apps/:app", { action: "get app", by: "app", rate: GET_LIMIT }, (c) =>
    c.json(appView(context, appOf(context, c))),
  );

  // Deleting an app deletes its Machines, volumes, secrets, addresses, certificates and tokens without asking, as on Fly.
  on("DELETE", "/v1/apps/:app", { action: "delete app", rate: APP_DELETE_LIMIT }, (c) => {
    const app = appOf(context, c);
    for (const machine of store.machines.all()) {
      if (machine.app === app.name && machine.desired !== "destroyed") {
        lifecycle.destroy(machine, true);
      }
    }
    for (const volume of store.volumes.all()) {
      if (volume.app !== app.name) continue;
      store.volumes.remove(volume.id);
      for (const { id } of volume.snapshots) void context.runner.removeVolume(id);
      // The data goes after the Machine that may still use it has ended.
      void lifecycle
        .settled(volume.attached_machine_id)
        .then(() => context.runner.removeVolume(volume.id));
    }
    for (const secret of store.secrets.all()) {
      if (secret.app === app.name) store.secrets.remove(`${app.name}/${secret.name}`);
    }
    for (const address of store.addresses.all()) {
      if (address.app === app.name) store.addresses.remove(`${app.name}/${address.ip}`);
    }
    for (const { app: owner, hostname } of store.certificates.all()) {
      if (owner === app.name) store.certificates.remove(`${owner}/${hostname}`);
    }
    for (const { app: owner, hash } of store.tokens.all()) {
      if (owner === app.name) store.tokens.remove(hash);
    }
    store.apps.remove(app.name);
    return c.body(null, 202);
  });
}

function makeApp(
  { store, clock, random, lagMs }: FlyContext,
  made: {
    name: string;
    organization: string;
    body: z.infer<typeof createSchema>;
    key: string | undefined;
  },
): AppRecord {
  const taken = new Set(store.apps.all().map(({ index }) => index));
  const index = Array.from({ length: MAX_APPS }, (_, n) => n).find((n) => !taken.has(n));
  if (index === undefined) {
    throw new FlyApiError(422, `the local cloud holds at most ${MAX_APPS} apps: delete one first`);
  }
  const now = clock.now();
  return {
    id: prefixedId("", 12),
    name: made.name,
    internal_numeric_id: 1_000_000 + (now % 1_000_000),
    organization: made.organization,
    network: made.body.network || "default",
    created_at: new Date(now).toISOString(),
    idempotency_key: made.key,
    index,
    visible_at_ms: now + between(random, 0, lagMs),
    secrets_version: 0,
  };
}

function appView({ store }: FlyContext, app: AppRecord): object {
  const own = store.machines.all().filter((m) => m.app === app.name && m.state !== "destroyed");
  const volumes = store.volumes.all().filter((volume) => volume.app === app.name);
  return {
    id: app.id,
    name: app.name,
    internal_numeric_id: app.internal_numeric_id,
    network: app.network,
    status: own.length > 0 ? "deployed" : "pending",
    machine_count: own.length,
    volume_count: volumes.length,
    organization: { name: app.organization, slug: app.organization, internal_numeric_id: 1 },
    cname_target: `${app.id}.${app.name}.fly.dev`,
    app_role: "",
  };
}
