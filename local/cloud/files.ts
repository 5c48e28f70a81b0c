/** The small files in a cloud's folder: its identity, the ports of its last run, and its info while it runs. */
import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { cloudInfoSchema, type CloudInfo } from "./options.ts";

const identitySchema = z.object({
  id: z.string(),
  tokens: z.object({ fly: z.string(), cloudflare: z.string() }),
});
export type CloudIdentity = z.infer<typeof identitySchema>;

/** Tokens stay the same across restarts, so that a shell that has them keeps working. Their prefix marks them as local. */
export function openIdentity(dir: string): CloudIdentity {
  const path = join(dir, "identity.json");
  const known = readJson(path, identitySchema);
  if (known !== undefined) return known;
  const token = (): string => `flotilla-local-${randomBytes(16).toString("hex")}`;
  const made = {
    id: randomBytes(6).toString("hex"),
    tokens: { fly: token(), cloudflare: token() },
  };
  writeJson(path, made);
  return made;
}

export function readInfo(dir: string): CloudInfo | undefined {
  return readJson(join(dir, "cloud.json"), cloudInfoSchema);
}

/** Writes the info of a running cloud. The file stays after a kill -9. */
export function writeInfo(info: CloudInfo): void {
  writeJson(join(info.dir, "cloud.json"), info);
  writeJson(join(info.dir, "ports.json"), portsOf(info));
}

export function removeInfo(dir: string): void {
  rmSync(join(dir, "cloud.json"), { force: true });
}

const portsSchema = z.object({
  fly: z.int(),
  cloudflare: z.int(),
  edges: z.record(z.string(), z.int()),
});
export type CloudPorts = z.infer<typeof portsSchema>;

/** Returns the ports of the last run. */
export function readPorts(dir: string): CloudPorts | undefined {
  return readJson(join(dir, "ports.json"), portsSchema);
}

function portsOf(info: CloudInfo): CloudPorts {
  return {
    fly: Number(new URL(info.fly).port),
    cloudflare: Number(new URL(info.cloudflare).port),
    edges: Object.fromEntries(info.edges.map(({ region, port }) => [region, port])),
  };
}

function readJson<T>(path: string, schema: z.ZodType<T>): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  return schema.parse(JSON.parse(text));
}

function writeJson(path: string, value: unknown): void {
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}
