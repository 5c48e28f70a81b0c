/** Which DNS records Cloudflare accepts, and in which form it stores them. Pure. */
import { SocketAddress, isIPv4, isIPv6 } from "node:net";
import { z } from "zod";
import { ApiError } from "./envelope.ts";
import type { RecordState } from "./store.ts";

const TYPES = [
  "A",
  "AAAA",
  "CAA",
  "CERT",
  "CNAME",
  "DNSKEY",
  "DS",
  "HTTPS",
  "LOC",
  "MX",
  "NAPTR",
  "NS",
  "OPENPGPKEY",
  "PTR",
  "SMIMEA",
  "SRV",
  "SSHFP",
  "SVCB",
  "TLSA",
  "TXT",
  "URI",
] as const;
const PROXIABLE = new Set<string>(["A", "AAAA", "CNAME"]);
/** Types that are described by `data`, from which their `content` is made. */
const BY_DATA = new Set<string>([
  "CAA",
  "CERT",
  "DNSKEY",
  "DS",
  "HTTPS",
  "LOC",
  "NAPTR",
  "SMIMEA",
  "SRV",
  "SSHFP",
  "SVCB",
  "TLSA",
  "URI",
]);
const NEEDS_PRIORITY = new Set<string>(["MX", "URI"]);

/** The body of POST and PUT. */
export const recordBody = z.strictObject({
  name: z.string().min(1).max(255),
  type: z.enum(TYPES),
  content: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  ttl: z.number().default(1),
  proxied: z.boolean().default(false),
  priority: z.int().min(0).max(65_535).optional(),
  comment: z.string().max(500).nullable().default(null),
  tags: z.array(z.string()).default([]),
  settings: z.record(z.string(), z.boolean()).default({}),
  private_routing: z.boolean().optional(),
});

export type RecordBody = z.infer<typeof recordBody>;
export type RecordFields = Omit<
  RecordState,
  "id" | "zone_id" | "created_on" | "modified_on" | "comment_modified_on" | "tags_modified_on"
>;

/** Returns the record as Cloudflare stores it in `zone`. @throws ApiError (400) with Cloudflare's code for a record that it refuses */
export function normalizeRecord(body: RecordBody, zone: string): RecordFields {
  const { type, proxied, priority, data, private_routing } = body;
  if (proxied && !PROXIABLE.has(type))
    throw new ApiError(400, 9004, "This record type cannot be proxied.");
  if (body.ttl !== 1 && (body.ttl < 60 || body.ttl > 86_400)) {
    throw new ApiError(
      400,
      9021,
      "Invalid TTL. Must be between 60 and 86,400 seconds, or 1 for Automatic.",
    );
  }
  if (NEEDS_PRIORITY.has(type) && priority === undefined)
    throw new ApiError(400, 9101, "priority is a required field.");
  return {
    name: fullName(body.name, zone),
    type,
    content: contentOf(body),
    ...(data === undefined ? {} : { data }),
    ...(priority === undefined ? {} : { priority }),
    proxied,
    // Cloudflare answers for proxied names with its own addresses, so it chooses the TTL.
    ttl: proxied ? 1 : body.ttl,
    comment: body.comment === "" ? null : body.comment,
    tags: body.tags,
    settings: type === "CNAME" ? { flatten_cname: false, ...body.settings } : body.settings,
    ...(private_routing === undefined ? {} : { private_routing }),
  };
}

/** @throws ApiError (400) when the record conflicts with one of the zone's `others` */
export function assertNoClash(record: RecordFields, others: readonly RecordState[]): void {
  const sameName = others.filter((other) => other.name === record.name);
  if (sameName.some((other) => other.type === record.type && other.content === record.content)) {
    throw new ApiError(400, 81058, "An identical record already exists.");
  }
  if (record.type === "CNAME" && sameName.some((other) => PROXIABLE.has(other.type))) {
    throw new ApiError(400, 81053, "An A, AAAA, or CNAME record with that host already exists.");
  }
  if (PROXIABLE.has(record.type) && sameName.some((other) => other.type === "CNAME")) {
    throw new ApiError(400, 81054, "A CNAME record with that host already exists.");
  }
}

/** Returns the record in the API's form. */
export function describeRecord(record: RecordState): object {
  const { zone_id: _zone, ...rest } = record;
  return { ...rest, proxiable: PROXIABLE.has(record.type), meta: {} };
}

/** Returns the zone for `@`, and any name that doesn't end in the zone with the zone appended. */
function fullName(name: string, zone: string): string {
  const lower = name.toLowerCase().replace(/\.$/, "");
  if (lower === "@") return zone;
  return lower === zone || lower.endsWith(`.${zone}`) ? lower : `${lower}.${zone}`;
}

function contentOf({ type, content, data }: RecordBody): string {
  if (BY_DATA.has(type)) {
    if (!data) throw new ApiError(400, 9104, `data is a required field for ${type} records.`);
    return content ?? Object.values(data).join(" ");
  }
  if (!content) throw new ApiError(400, 9020, "content is a required field.");
  if (type === "A" && !isIPv4(content))
    throw new ApiError(400, 9005, "Content for A record must be a valid IPv4 address.");
  if (type === "AAAA") {
    if (!isIPv6(content))
      throw new ApiError(400, 9006, "Content for AAAA record must be a valid IPv6 address.");
    return new SocketAddress({ address: content, family: "ipv6" }).address;
  }
  if (type === "CNAME" && !z.hostname().safeParse(content.replace(/\.$/, "")).success) {
    throw new ApiError(400, 9007, "Content for CNAME record is invalid.");
  }
  return type === "CNAME" ? content.replace(/\.$/, "") : content;
}
