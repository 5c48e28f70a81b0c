/** The function `getZone`: finds a zone by id, or by a filter that matches exactly one zone. */
import type { CloudflareClient } from "./cloudflare-client.ts";
import { toCamelCase } from "./letter-case.ts";
import type { PropertyValue, Props } from "./wire-values.ts";

/** Returns the zone's properties in camelCase, with `zoneId` and the given `filter`. @throws unless exactly one zone matches */
export async function getZone(client: CloudflareClient, args: Props): Promise<Props> {
  const id =
    typeof args["zoneId"] === "string" ? args["zoneId"] : await findZone(client, args["filter"]);
  const zone = (await client.get(`zones/${encodeURIComponent(id)}`)) as PropertyValue;
  return {
    ...(toCamelCase(zone) as Props),
    ...(args["filter"] ? { filter: args["filter"] } : {}),
    id,
    zoneId: id,
  };
}

async function findZone(
  client: CloudflareClient,
  filter: PropertyValue | undefined,
): Promise<string> {
  const { name, account, status } = (filter ?? {}) as {
    name?: string;
    account?: { id?: string; name?: string };
    status?: string;
  };
  const query = new URLSearchParams();
  if (name) query.set("name", name);
  if (status) query.set("status", status);
  if (account?.id) query.set("account.id", account.id);
  if (account?.name) query.set("account.name", account.name);
  const zones = (await client.get(`zones?${query.toString()}`)) as readonly {
    readonly id: string;
  }[];
  const [zone] = zones;
  if (!zone || zones.length > 1) {
    throw new Error(
      `getZone: ${zones.length} zones match ${query.toString() || "an empty filter"}, but exactly one must`,
    );
  }
  return zone.id;
}
