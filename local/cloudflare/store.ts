/** The state of the local Cloudflare, in `<dir>/cloudflare/state.json`. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const zoneSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  paused: z.boolean(),
  created_on: z.string(),
  modified_on: z.string(),
});

const recordSchema = z.strictObject({
  id: z.string(),
  zone_id: z.string(),
  name: z.string(),
  type: z.string(),
  content: z.string(),
  data: z.record(z.string(), z.unknown()).optional(),
  priority: z.number().optional(),
  proxied: z.boolean(),
  ttl: z.number(),
  comment: z.string().nullable(),
  tags: z.array(z.string()),
  settings: z.record(z.string(), z.boolean()),
  private_routing: z.boolean().optional(),
  created_on: z.string(),
  modified_on: z.string(),
  comment_modified_on: z.string().optional(),
  tags_modified_on: z.string().optional(),
});

const certificateSchema = z.strictObject({
  id: z.string(),
  csr: z.string(),
  certificate: z.string(),
  fingerprint: z.string(),
  hostnames: z.array(z.string()),
  request_type: z.string(),
  requested_validity: z.number(),
  expires_on: z.string(),
  revoked_at: z.string().optional(),
});

const stateSchema = z.strictObject({
  version: z.literal(1),
  account: z.strictObject({ id: z.string(), name: z.string() }),
  zones: z.array(zoneSchema),
  records: z.array(recordSchema),
  certificates: z.array(certificateSchema),
});

export type ZoneState = Readonly<z.infer<typeof zoneSchema>>;
export type RecordState = Readonly<z.infer<typeof recordSchema>>;
export type CertificateState = Readonly<z.infer<typeof certificateSchema>>;
export type CloudflareState = Readonly<z.infer<typeof stateSchema>>;

export interface CloudflareStore {
  state(): CloudflareState;
  /** Replaces parts of the state. They are in the file when this returns; a kill leaves the old file or the new one. */
  change(parts: Partial<Pick<CloudflareState, "zones" | "records" | "certificates">>): void;
}

/** @throws when the file exists but isn't a valid state: an empty state instead would lose records in use */
export function openStore(dir: string): CloudflareStore {
  const folder = join(dir, "cloudflare");
  const file = join(folder, "state.json");
  mkdirSync(folder, { recursive: true });
  let state = readState(file);
  return {
    state: () => state,
    change(parts) {
      const next: CloudflareState = { ...state, ...parts };
      writeFileSync(`${file}.tmp`, JSON.stringify(next, undefined, 2), { mode: 0o600 });
      renameSync(`${file}.tmp`, file);
      state = next;
    },
  };
}

/** Returns 32 hexadecimal digits, as Cloudflare's ids of accounts, zones and records have. */
export function newId(): string {
  return randomBytes(16).toString("hex");
}

function readState(file: string): CloudflareState {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return {
      version: 1,
      account: { id: newId(), name: "Flotilla local" },
      zones: [],
      records: [],
      certificates: [],
    };
  }
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(
      `${file} is not a valid state of the local Cloudflare; move it away to start with an empty one`,
      {
        cause: error,
      },
    );
  }
}
