/** `/zones`. A zone that is looked up by name is created: locally no zone has to be bought first. */
import { Hono } from "hono";
import { z } from "zod";
import { ApiError, page, success } from "./envelope.ts";
import { readBody } from "./request-body.ts";
import { type CloudflareState, type CloudflareStore, type ZoneState, newId } from "./store.ts";

const zoneName = z
  .hostname()
  .regex(/\./, "needs a top-level domain")
  .transform((name) => name.toLowerCase());
const createBody = z.looseObject({ name: zoneName });
const editBody = z.looseObject({ paused: z.boolean().optional() });

export function zoneRoutes(store: CloudflareStore): Hono {
  const app = new Hono();

  app.get("/", (c) => {
    const name = zoneName.safeParse(c.req.query("name"));
    if (name.success && !findZone(store.state(), name.data)) addZone(store, name.data);
    const { account, zones } = store.state();
    const asked = c.req.query("name")?.toLowerCase();
    const accountId = c.req.query("account.id");
    const found = zones.filter(
      (zone) =>
        (asked === undefined || zone.name === asked) && (accountId ?? account.id) === account.id,
    );
    return page(
      c,
      found.map((zone) => describeZone(store.state(), zone)),
      20,
    );
  });

  app.post("/", async (c) => {
    const { name } = await readBody(c, createBody);
    if (findZone(store.state(), name)) throw new ApiError(400, 1061, `${name} already exists`);
    return success(c, describeZone(store.state(), addZone(store, name)));
  });

  app.get("/:zone", (c) =>
    success(c, describeZone(store.state(), zoneById(store.state(), c.req.param("zone")))),
  );

  app.patch("/:zone", async (c) => {
    const zone = zoneById(store.state(), c.req.param("zone"));
    const { paused = zone.paused } = await readBody(c, editBody);
    const changed = { ...zone, paused, modified_on: new Date().toISOString() };
    store.change({
      zones: store.state().zones.map((other) => (other.id === zone.id ? changed : other)),
    });
    return success(c, describeZone(store.state(), changed));
  });

  app.delete("/:zone", (c) => {
    const { id } = zoneById(store.state(), c.req.param("zone"));
    const { zones, records } = store.state();
    store.change({
      zones: zones.filter((zone) => zone.id !== id),
      records: records.filter((record) => record.zone_id !== id),
    });
    return success(c, { id });
  });

  return app;
}

/** @throws ApiError (404) for an unknown id */
export function zoneById(state: CloudflareState, id: string): ZoneState {
  const zone = state.zones.find((candidate) => candidate.id === id);
  if (!zone) throw new ApiError(404, 1001, "Invalid zone identifier");
  return zone;
}

/** Returns the zone that contains `hostname` (or its wildcard); of several the one with the longest name. */
export function zoneOf(state: CloudflareState, hostname: string): ZoneState | undefined {
  const name = hostname.toLowerCase().replace(/^\*\./, "");
  return state.zones
    .filter((zone) => name === zone.name || name.endsWith(`.${zone.name}`))
    .toSorted((a, b) => b.name.length - a.name.length)[0];
}

function findZone(state: CloudflareState, name: string): ZoneState | undefined {
  return state.zones.find((zone) => zone.name === name);
}

function addZone(store: CloudflareStore, name: string): ZoneState {
  const now = new Date().toISOString();
  const zone = { id: newId(), name, paused: false, created_on: now, modified_on: now };
  store.change({ zones: [...store.state().zones, zone] });
  return zone;
}

/** Returns every field of Cloudflare's response, as providers read all of them. */
function describeZone({ account }: CloudflareState, zone: ZoneState): object {
  return {
    id: zone.id,
    name: zone.name,
    status: "active",
    paused: zone.paused,
    type: "full",
    development_mode: 0,
    name_servers: ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"],
    original_name_servers: [],
    original_registrar: "",
    original_dnshost: "",
    created_on: zone.created_on,
    modified_on: zone.modified_on,
    activated_on: zone.created_on,
    vanity_name_servers: [],
    verification_key: "",
    cname_suffix: "",
    meta: {
      step: 4,
      custom_certificate_quota: 0,
      page_rule_quota: 3,
      phishing_detected: false,
      cdn_only: false,
      dns_only: false,
      foundation_dns: false,
    },
    owner: { id: account.id, type: "user", name: account.name },
    account,
    tenant: { id: "", name: "" },
    tenant_unit: { id: "" },
    permissions: ["#dns_records:edit", "#dns_records:read", "#ssl:edit", "#ssl:read", "#zone:read"],
    plan: {
      id: "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
      name: "Free Website",
      price: 0,
      currency: "USD",
      frequency: "",
      is_subscribed: false,
      can_subscribe: false,
      legacy_id: "free",
      legacy_discount: false,
      externally_managed: false,
    },
  };
}
