import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Compiled, SpecFile } from "../../compiler/compile.ts";
import type { Desired, RegionDesired } from "../../compiler/model/desired.ts";

export const root = join(import.meta.dirname, "../..");

/** All YAML files under a folder, with paths relative to `from`. */
export function readSpecs(folder: string, from: string = folder): SpecFile[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => {
      const path = join(folder, name);
      return { path: path.slice(from.length + 1), text: readFileSync(path, "utf8") };
    });
}

/** The spec of the tests' sample fleet: they read this one, never the shipped `specs/`, which a user replaces. */
export function sampleSpecs(): SpecFile[] {
  const fixtures = join(root, "fixtures");
  return readSpecs(join(fixtures, "specs"), fixtures);
}

/** Replaces text in one file; a replacement that finds nothing is a mistake in the test. */
export function edited(
  files: readonly SpecFile[],
  path: string,
  from: string,
  to: string,
): SpecFile[] {
  return files.map((file) => {
    if (file.path !== path) return file;
    if (!file.text.includes(from)) throw new Error(`${path} has no ${JSON.stringify(from)}`);
    return { path, text: file.text.replace(from, () => to) };
  });
}

/** The sample with one PocketBase, in iad, for all regions. */
export function singleWriterSpecs(): SpecFile[] {
  const pocketbase = "specs/services/pocketbase.yaml";
  const writer = "data: { mode: single-writer, writer: iad }";
  const files = edited(sampleSpecs(), pocketbase, "data: regional", writer);
  return edited(files, pocketbase, "default:", "iad:");
}

/** The sample with certificates of Fly's own; with `proxied: false`, without Cloudflare's proxy. */
export function flyEdgeSpecs(proxied = true): SpecFile[] {
  const tls = proxied ? "tls: { mode: fly-edge }" : "tls: { mode: fly-edge, proxied: false }";
  return edited(sampleSpecs(), "specs/fleet.yaml", "tls: { mode: origin-cert }", tls);
}

/** With PocketBase backed up to S3, a bucket per region. */
export function backedUp(files: readonly SpecFile[]): SpecFile[] {
  return files.map((file) =>
    file.path.endsWith("pocketbase.yaml")
      ? {
          ...file,
          text: `${file.text}backup:
  cron: "0 3 * * *"
  s3:
    bucket: "acme-{region}"
    endpoint: https://fly.storage.tigris.dev
    region: auto
    access_key: BACKUP_ACCESS_KEY
    secret: BACKUP_SECRET
`,
        }
      : file,
  );
}

export function desiredOf(compiled: Compiled): Desired {
  if (!compiled.ok)
    throw new Error(
      compiled.diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n"),
    );
  return compiled.desired;
}

export function regionOf(compiled: Compiled): RegionDesired {
  const desired = desiredOf(compiled);
  if (desired.kind !== "region") throw new Error(`${desired.stack} is no region`);
  return desired;
}

/** Text of one file of one host. */
export function fileOf(desired: RegionDesired, host: string, path: string): string {
  const file = desired.hosts
    .find(({ name }) => name === host)
    ?.files.find((each) => each.path === path);
  if (file === undefined || !("text" in file)) throw new Error(`${host} has no text ${path}`);
  return file.text;
}
