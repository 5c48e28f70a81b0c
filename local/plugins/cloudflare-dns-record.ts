/** The resource `cloudflare:index/dnsRecord:DnsRecord`. */
import { SocketAddress, isIPv6 } from "node:net";
import { type CloudflareClient, CloudflareError } from "./cloudflare-client.ts";
import { toCamelCase, toSnakeCase } from "./letter-case.ts";
import type { PropertyFailure, ResourceKind } from "./serve.ts";
import { type PropertyValue, type Props, hasUnknown, isSame } from "./wire-values.ts";

const ARGUMENTS = [
  "name",
  "type",
  "content",
  "data",
  "ttl",
  "proxied",
  "priority",
  "comment",
  "tags",
  "settings",
  "privateRouting",
];

/** Cloudflare fills these in, so an absent argument is no change. */
const SERVER_CHOOSES = new Set(["data", "tags", "settings", "privateRouting"]);

/** Behaves as the official plugin's resource: same calls, same bodies, same drift. Only a change of `zoneId` replaces. */
export function createDnsRecordKind(client: CloudflareClient): ResourceKind {
  return {
    derivedOutputs: [],
    check: checkRecord,
    diff(olds, news) {
      const replaces = isDifferent("zoneId", olds["zoneId"], news["zoneId"], news)
        ? ["zoneId"]
        : [];
      const changes =
        replaces.length > 0 ||
        ARGUMENTS.some((name) => isDifferent(name, olds[name], news[name], news));
      return { changes, replaces };
    },
    async create(inputs) {
      const live = await client.post(recordsOf(inputs), bodyOf({ proxied: false, ...inputs }));
      return { id: idOf(live), outs: outputsOf(live, inputs) };
    },
    async read(id, props) {
      const [zone, record] =
        typeof props["zoneId"] === "string" ? [props["zoneId"], id] : splitImportId(id);
      const live = await ifThere(client.get(`zones/${zone}/dns_records/${record}`));
      if (live === undefined) return undefined;
      const outs = outputsOf(live, { ...props, zoneId: zone });
      return { id: record, props: outs, inputs: argumentsOf(outs) };
    },
    async update(id, olds, news) {
      // A PUT replaces the record, so the values that Cloudflare chose are sent along, as the official provider does.
      const kept = Object.fromEntries(
        ["tags", "settings"].flatMap((name) =>
          olds[name] === undefined ? [] : [[name, olds[name]]],
        ),
      );
      const live = await client.put(
        `${recordsOf(news)}/${id}`,
        bodyOf({ proxied: false, ...kept, ...news }),
      );
      return outputsOf(live, news);
    },
    async delete(id, props) {
      await client.delete(`${recordsOf(props)}/${id}`);
    },
  };
}

function checkRecord(inputs: Props): readonly PropertyFailure[] {
  const missing = ["zoneId", "name", "type", "ttl"].filter(
    (name) => inputs[name] === undefined || inputs[name] === null,
  );
  const failures = missing.map((property) => ({ property, reason: `\`${property}\` is required` }));
  if (
    inputs["proxied"] === true &&
    inputs["ttl"] !== undefined &&
    !hasUnknown(inputs["ttl"]) &&
    inputs["ttl"] !== 1
  ) {
    failures.push({ property: "ttl", reason: "ttl must be set to 1 when `proxied` is true" });
  }
  return failures;
}

function isDifferent(
  name: string,
  old: PropertyValue | undefined,
  wanted: PropertyValue | undefined,
  news: Props,
): boolean {
  if (hasUnknown(wanted)) return true;
  if (wanted === undefined && SERVER_CHOOSES.has(name)) return false;
  if (name === "proxied") return (old ?? false) !== (wanted ?? false);
  if (name === "comment") return (old ?? "") !== (wanted ?? "");
  if (name === "content") return !isSameContent(news["type"], old, wanted);
  if (name === "name") return !isSameName(old, wanted);
  if (name === "tags") return !isSame(sorted(old), sorted(wanted));
  // In a mapping only the keys of the program count, as the API responds with every setting there is.
  if (isMapping(wanted))
    return Object.entries(wanted).some(
      ([key, item]) => !isSame(isMapping(old) ? old[key] : undefined, item),
    );
  return !isSame(old ?? undefined, wanted ?? undefined);
}

/** Cloudflare shortens IPv6 addresses and ignores case in hostnames. */
function isSameContent(
  type: PropertyValue | undefined,
  a: PropertyValue | undefined,
  b: PropertyValue | undefined,
): boolean {
  return canonicalContent(type, a) === canonicalContent(type, b);
}

function canonicalContent(
  type: PropertyValue | undefined,
  content: PropertyValue | undefined,
): string {
  const text = typeof content === "string" ? content : "";
  if (type === "AAAA" && isIPv6(text))
    return new SocketAddress({ address: text, family: "ipv6" }).address;
  if (type === "CNAME") return text.toLowerCase().replace(/\.$/, "");
  return type === "TXT" ? text.replace(/^"(.*)"$/s, "$1") : text;
}

/** The API responds with the full name, where the program may use the short one, or `@` for the zone itself. */
function isSameName(live: PropertyValue | undefined, said: PropertyValue | undefined): boolean {
  if (typeof live !== "string" || typeof said !== "string") return live === said;
  const [a, b] = [live.toLowerCase(), said.toLowerCase()];
  return a === b || said === "@" || a.startsWith(`${b}.`);
}

function bodyOf(inputs: Props): PropertyValue {
  const set = ARGUMENTS.flatMap((name) =>
    inputs[name] === undefined || inputs[name] === null ? [] : [[name, inputs[name]]],
  );
  return toSnakeCase(Object.fromEntries(set) as Props);
}

/** Returns the live properties, in the program's own spelling where that means the same. */
function outputsOf(live: unknown, said: Props): Props {
  const record = toCamelCase(live as PropertyValue) as Props;
  const { id: _id, zoneName: _zoneName, meta, ...rest } = record;
  const outs: Record<string, PropertyValue> = {
    ...rest,
    meta: JSON.stringify(meta ?? {}),
    zoneId: said["zoneId"] ?? record["zoneId"] ?? null,
  };
  if (said["name"] !== undefined && isSameName(record["name"], said["name"]))
    outs["name"] = said["name"];
  if (
    said["content"] !== undefined &&
    isSameContent(record["type"], record["content"], said["content"])
  ) {
    outs["content"] = said["content"];
  }
  return Object.fromEntries(
    Object.entries(outs).filter(([, value]) => value !== null && value !== undefined),
  );
}

/** Returns the arguments that describe the live record, so that the engine can name the arguments that drifted. */
function argumentsOf(outs: Props): Props {
  const set = ["zoneId", ...ARGUMENTS].filter(
    (name) => outs[name] !== undefined && !isEmpty(outs[name]),
  );
  return Object.fromEntries(set.map((name) => [name, outs[name] ?? null]));
}

function recordsOf(props: Props): string {
  const { zoneId } = props;
  if (typeof zoneId !== "string") throw new Error("a DNS record needs a `zoneId`");
  return `zones/${zoneId}/dns_records`;
}

function idOf(live: unknown): string {
  return (live as { readonly id: string }).id;
}

function splitImportId(id: string): [zone: string, record: string] {
  const [zone, record] = id.split("/");
  if (!zone || !record) throw new Error(`import id "${id}": write <zone id>/<record id>`);
  return [zone, record];
}

/** Resolves to `undefined` for a 404: the engine then creates the resource again. */
export async function ifThere(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof CloudflareError && error.status === 404) return undefined;
    throw error;
  }
}

function sorted(value: PropertyValue | undefined): PropertyValue {
  return Array.isArray(value) ? [...(value as readonly string[])].sort() : [];
}

function isEmpty(value: PropertyValue | undefined): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function isMapping(
  value: PropertyValue | undefined,
): value is { readonly [key: string]: PropertyValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
