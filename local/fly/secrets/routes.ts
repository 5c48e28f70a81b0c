/** App secrets (fly-go: flaps/flaps_secrets.go). Machines see new ones at their next start. */
import type { Context } from "hono";
import { z } from "zod";
import { invalidArgument, notFound } from "../wire/errors.ts";
import type { AppRecord, SecretRecord } from "../store/records.ts";
import { appOf, flag, param, readBody } from "../request/read.ts";
import { GET_LIMIT } from "../request/limits.ts";
import type { FlyContext } from "../request/context.ts";
import type { Register } from "../request/register.ts";

const bulkSchema = z.looseObject({ values: z.record(z.string(), z.string().nullable()) });
const oneSchema = z.looseObject({ value: z.string() });

export function secretRoutes(on: Register, context: FlyContext): void {
  const { store, clock } = context;
  const path = "/v1/apps/:app/secrets";
  const one = `${path}/:name`;

  function view(secret: SecretRecord, show: boolean): object {
    const { name, digest, created_at, updated_at, sealed } = secret;
    return {
      name,
      digest,
      created_at,
      updated_at,
      ...(show && { value: store.secretBox.open(sealed) }),
    };
  }

  function own(app: AppRecord): readonly SecretRecord[] {
    return store.secrets
      .all()
      .filter((secret) => secret.app === app.name)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  function set(app: AppRecord, name: string, value: string): SecretRecord {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw invalidArgument(`invalid secret name ${name}`);
    const key = `${app.name}/${name}`;
    const now = new Date(clock.now()).toISOString();
    const secret = {
      app: app.name,
      name,
      digest: store.secretBox.digest(value),
      created_at: store.secrets.get(key)?.created_at ?? now,
      updated_at: now,
      sealed: store.secretBox.close(value),
    };
    store.secrets.put(key, secret);
    return secret;
  }

  /** The documentation says `min_version`, fly-go sends `version`: the client wants no secrets older than that write. */
  function assertVersion(c: Context, app: AppRecord): void {
    const wanted = Number(c.req.query("min_version") || c.req.query("version") || 0);
    if (wanted > app.secrets_version) {
      throw invalidArgument(`min_version ${wanted} is above ${app.secrets_version}`);
    }
  }

  function nextVersion(app: AppRecord): number {
    app.secrets_version += 1;
    store.apps.put(app.name, app);
    return app.secrets_version;
  }

  on("GET", path, { action: "list secrets", by: "app" }, (c) => {
    const show = flag(c, "show_secrets");
    assertVersion(c, appOf(context, c));
    return c.json({ secrets: own(appOf(context, c)).map((secret) => view(secret, show)) });
  });

  on("POST", path, { action: "update secrets", by: "app" }, async (c) => {
    const app = appOf(context, c);
    const { values } = await readBody(c, bulkSchema, { keepNulls: true });
    for (const [name, value] of Object.entries(values)) {
      if (value === null) store.secrets.remove(`${app.name}/${name}`);
      else set(app, name, value);
    }
    const version = nextVersion(app);
    return c.json({ secrets: own(app).map((secret) => view(secret, false)), version });
  });

  on("GET", one, { action: "get secret", by: "app", rate: GET_LIMIT }, (c) => {
    assertVersion(c, appOf(context, c));
    const secret = store.secrets.get(`${appOf(context, c).name}/${param(c, "name")}`);
    if (secret === undefined) throw notFound("secret");
    return c.json(view(secret, flag(c, "show_secrets")));
  });

  on("POST", one, { action: "set secret", by: "app" }, async (c) => {
    const app = appOf(context, c);
    const { value } = await readBody(c, oneSchema);
    const secret = set(app, param(c, "name"), value);
    const version = nextVersion(app);
    return c.json({ ...view(secret, false), version, Version: version }, 201);
  });

  on("DELETE", one, { action: "delete secret", by: "app" }, (c) => {
    const app = appOf(context, c);
    const key = `${app.name}/${param(c, "name")}`;
    if (store.secrets.get(key) === undefined) throw notFound("secret");
    store.secrets.remove(key);
    const version = nextVersion(app);
    return c.json({ version, Version: version });
  });
}
