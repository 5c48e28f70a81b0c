/** IP addresses of apps. Assigning a dedicated address isn't idempotent. The emulator routes no traffic by these addresses. */
import { randomInt } from "node:crypto";
import { invalidArgument, notFound } from "../wire/errors.ts";
import type { AddressRecord, AppRecord } from "../store/records.ts";
import type { FlyContext } from "../request/context.ts";

export interface AddressOptions {
  readonly type?: unknown;
  readonly region?: unknown;
  readonly service_name?: unknown;
  readonly network?: unknown;
  readonly org_slug?: unknown;
}

const TYPES = ["v4", "v6", "shared_v4", "private_v6", "egress_v4", "egress_v6"] as const;

/**
 * Assigns an address. An app has one shared address: assigning it again returns the same one.
 *
 * @throws FlyApiError (400) for an unknown type
 */
export function assignAddress(
  { store, clock }: FlyContext,
  app: AppRecord,
  options: AddressOptions,
): AddressRecord {
  const type = TYPES.find((known) => known === options.type);
  if (type === undefined) throw invalidArgument(`unknown ip address type ${String(options.type)}`);
  const shared = store.addresses
    .all()
    .find((address) => address.app === app.name && address.type === "shared_v4");
  if (type === "shared_v4" && shared !== undefined) return shared;
  const address: AddressRecord = {
    app: app.name,
    ip: makeAddress(type),
    region: text(options.region) ?? "global",
    shared: type === "shared_v4",
    created_at: new Date(clock.now()).toISOString(),
    type,
    service_name: text(options.service_name) ?? "",
    ...(type === "private_v6" && {
      network: {
        name: text(options.network) ?? "",
        org_slug: text(options.org_slug) ?? app.organization,
      },
    }),
  };
  store.addresses.put(`${app.name}/${address.ip}`, address);
  return address;
}

/** @throws FlyApiError (404) for an address that the app doesn't have */
export function releaseAddress({ store }: FlyContext, app: AppRecord, ip: string): void {
  const key = `${app.name}/${ip}`;
  if (store.addresses.get(key) === undefined) throw notFound("ip address");
  store.addresses.remove(key);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Returns an address in Fly's own ranges and in canonical form, so that the content of a DNS record is the same text. */
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
    case "egress_v4":
      return `204.93.${randomInt(0, 256)}.${randomInt(1, 255)}`;
    case "egress_v6":
      return `2605:4c40:${group()}:${group()}:0:${group()}:${group()}:1`;
  }
}
