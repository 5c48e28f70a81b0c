/** IP assignments. Not idempotent: a second dedicated address is a second address. Nothing routes to them here. */
import { randomInt } from "node:crypto";
import { z } from "zod";
import { invalidArgument, notFound } from "../errors.ts";
import type { AddressRecord } from "../records.ts";
import { appOf, param, readBody, type FlyContext, type Register } from "../request.ts";

const assignSchema = z.looseObject({ type: z.string().optional(), region: z.string().optional() });

export function addressRoutes(on: Register, context: FlyContext): void {
  const { store, clock } = context;
  const path = "/v1/apps/:app/ip_assignments";

  on("GET", path, { action: "list addresses", by: "app" }, (c) => {
    const { name } = appOf(context, c);
    const ips = store.addresses.all().filter(({ app }) => app === name);
    return c.json({ ips: ips.map(addressView) });
  });

  on("POST", path, { action: "assign address", by: "app" }, async (c) => {
    const app = appOf(context, c);
    const body = await readBody(c, assignSchema);
    const type = z.enum(["v4", "v6", "shared_v4", "private_v6"]).safeParse(body.type);
    if (!type.success)
      throw invalidArgument(`type ${body.type} isn't supported by the local cloud`);
    const shared = store.addresses
      .all()
      .find((address) => address.app === app.name && address.type === "shared_v4");
    if (type.data === "shared_v4" && shared !== undefined) return c.json(addressView(shared));
    const address: AddressRecord = {
      app: app.name,
      ip: makeAddress(type.data),
      region: body.region || "global",
      shared: type.data === "shared_v4",
      created_at: new Date(clock.now()).toISOString(),
      type: type.data,
    };
    store.addresses.put(`${app.name}/${address.ip}`, address);
    return c.json(addressView(address));
  });

  on("DELETE", `${path}/:ip`, { action: "release address", by: "app" }, (c) => {
    const key = `${appOf(context, c).name}/${param(c, "ip")}`;
    if (store.addresses.get(key) === undefined) throw notFound("ip address");
    store.addresses.remove(key);
    return c.body(null, 204);
  });
}

/** The answer has no type: clients derive it from `shared` and the address's form. */
function addressView({ app: _app, type: _type, ...address }: AddressRecord): object {
  return { ...address, service_name: "", egress: false, network: null };
}

/** In Fly's own ranges and in canonical form, so that a DNS record's content is the same text. */
function makeAddress(type: AddressRecord["type"]): string {
  const group = (): string => randomInt(1, 0x10000).toString(16);
  switch (type) {
    case "v6":
      return `2a09:8280:1::${group()}:${group()}`;
    case "private_v6":
      return `fdaa::${group()}:0:1:0:${group()}`;
    case "shared_v4":
      return `66.241.${randomInt(124, 126)}.${randomInt(1, 255)}`;
    case "v4":
      return `137.66.${randomInt(0, 64)}.${randomInt(1, 255)}`;
  }
}
