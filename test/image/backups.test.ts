/** From the spec's `backup` to a real PocketBase: as the compiler renders it, through the image's `run` and hooks. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { beforeAll, describe, it } from "vitest";
import { compile } from "../../compiler/compile.ts";
import type { SpecFile } from "../../compiler/compile.ts";
import { fileOf, regionOf } from "../kit/compiled.ts";
import { sampleSpecs } from "../../fixtures/sample-specs.ts";
import { ownAddress } from "./address.ts";
import { environmentOf, startChild } from "../kit/child.ts";
import { temporaryFolder } from "../kit/scratch-folder.ts";
import { adminPassword, logIn, planPocketBase, post } from "./pocketbase.ts";
import type { PocketBaseServer } from "./pocketbase.ts";
import { buildTimeoutMs, imageFolder, programPaths } from "./programs.ts";
import { startS3 } from "./s3-server.ts";
import { until } from "../../fixtures/until.ts";

const key = { accessKey: "test-access-key", secret: "test-secret-key" };
const secrets = { BACKUP_ACCESS_KEY: key.accessKey, BACKUP_SECRET: key.secret };

let program = "";
beforeAll(async () => {
  program = (await programPaths(["pocketbase"])).pocketbase;
}, buildTimeoutMs);

/** The sample's iad-0 with this `backup`, as Process Compose starts it. */
function rendered(backup: string): Record<string, { keep: string; env: Record<string, string> }> {
  const files = sampleSpecs().map((file): SpecFile =>
    file.path.endsWith("pocketbase.yaml")
      ? { ...file, text: `${file.text}backup: ${backup}\n` }
      : file,
  );
  const text = fileOf(
    regionOf(compile(files, { stack: "iad" })),
    "iad-0",
    "/flotilla/etc/process-compose.yaml",
  );
  const { processes } = parse(text) as {
    processes: Record<string, { entrypoint: string[]; environment?: string[] }>;
  };
  return Object.fromEntries(
    Object.entries(processes).map(([name, { entrypoint, environment = [] }]) => [
      name,
      {
        keep: entrypoint[1] ?? "",
        env: Object.fromEntries(
          environment.map((line) => [line.split("=", 1)[0] ?? "", line.replace(/^[^=]*=/, "")]),
        ),
      },
    ]),
  );
}

interface Backups {
  readonly cron: string;
  readonly cronMaxKeep: number;
  readonly s3: Readonly<Record<string, unknown>>;
}

async function admin(server: PocketBaseServer): Promise<{
  token: string;
  settings: () => Promise<Backups>;
  patch: (backups: object) => Promise<number>;
}> {
  const token = await logIn(server.url, "_superusers", "admin@flotilla.local", adminPassword);
  if (token === undefined) throw new Error("the superuser can't log in");
  const headers = { authorization: token, "content-type": "application/json" };
  const url = `${server.url}/api/settings`;
  return {
    token,
    settings: async () =>
      ((await (await fetch(url, { headers })).json()) as { backups: Backups }).backups,
    patch: async (backups) =>
      (await fetch(url, { method: "PATCH", headers, body: JSON.stringify({ backups }) })).status,
  };
}

describe("backups to S3", () => {
  it("are made by hand and by cron, each region's in its bucket, the last ones kept", async ({
    expect,
  }) => {
    await using folder = await temporaryFolder();
    await using s3 = await startS3(ownAddress(), key);
    const { pocketbase, "worker-0": worker } = rendered(
      `{ cron: "0 3 * * *", max_keep: 2, s3: { bucket: "acme-{region}", endpoint: "${s3.url}", region: auto, access_key: BACKUP_ACCESS_KEY, secret: BACKUP_SECRET, force_path_style: true } }`,
    );
    if (!pocketbase || !worker) throw new Error("iad-0 runs no PocketBase or worker");
    const server = await planPocketBase(program, folder.path, ownAddress(), pocketbase.keep);
    const env = { ...secrets, ...pocketbase.env, FLOTILLA_REGION: "iad" };
    await using child = await server.start(env);
    const { token, settings } = await admin(server);
    expect(await settings()).toMatchObject({
      cron: "0 3 * * *",
      cronMaxKeep: 2,
      s3: { enabled: true, bucket: "acme-iad", endpoint: s3.url, region: "auto" },
    });

    expect((await post(`${server.url}/api/backups`, { name: "own.zip" }, token)).status).toBe(204);
    expect(s3.objects.get("acme-iad/own.zip")?.toString("latin1", 0, 2)).toBe("PK");

    const automatic = (names: Iterable<string>): string[] => [
      ...new Set([...names].filter((name) => name.startsWith("acme-iad/@auto_pb_backup_"))),
    ];
    // Their names differ by the second they are made in.
    await until("three automatic backups", async () => {
      await post(`${server.url}/api/crons/__pbAutoBackup__`, {}, token);
      return automatic(s3.puts).length >= 3;
    });
    await until("two of them are left", async () => automatic(s3.objects.keys()).length === 2);
    expect(s3.objects.has("acme-iad/own.zip")).toBe(true);

    // The keys reach PocketBase alone, and by its environment alone.
    expect((await environmentOf(child.pid)).get("BACKUP_SECRET")).toBe(key.secret);
    await using other = await startChild(
      join(imageFolder, "bin/run"),
      [worker.keep, "--", "/usr/bin/env"],
      { env: { PATH: "/usr/bin:/bin", ...env } },
    );
    expect(await other.ended).toBe(0);
    for (const text of [other.output(), child.output()])
      for (const value of Object.values(key)) expect(text).not.toContain(value);
    expect(other.output()).not.toContain("BACKUP_");
  });

  it("don't let PocketBase start without their key", async ({ expect }) => {
    await using folder = await temporaryFolder();
    const { pocketbase } = rendered(
      '{ cron: "@daily", s3: { bucket: "acme-{region}", endpoint: "https://s3.example", region: auto, access_key: BACKUP_ACCESS_KEY, secret: BACKUP_SECRET } }',
    );
    const server = await planPocketBase(program, folder.path, ownAddress(), pocketbase?.keep);
    const env = { ...pocketbase?.env, BACKUP_ACCESS_KEY: key.accessKey };
    await expect(server.start(env)).rejects.toThrow("the secret BACKUP_SECRET");
  });
});

describe("backups on the volume", () => {
  it("are as the spec says, whatever the admin page saves, and stay when the spec says no more", async ({
    expect,
  }) => {
    await using folder = await temporaryFolder();
    const { pocketbase } = rendered('{ cron: "@daily" }');
    const server = await planPocketBase(program, folder.path, ownAddress(), pocketbase?.keep);
    const asSpecified = { cron: "@daily", cronMaxKeep: 3, s3: { enabled: false } };
    {
      await using child = await server.start({ ...pocketbase?.env });
      const { token, settings, patch } = await admin(server);
      expect(await settings()).toMatchObject(asSpecified);
      expect(await patch({ cron: "* * * * *", cronMaxKeep: 9 })).toBe(200);
      expect(await settings()).toMatchObject(asSpecified);
      await post(`${server.url}/api/crons/__pbAutoBackup__`, {}, token);
      await until("an automatic backup", async () => {
        const names = await readdir(join(folder.path, "pb/backups")).catch(() => []);
        return names.some((name) => /^@auto_pb_backup_.*\.zip$/.test(name));
      });
      child.signal("SIGTERM");
      await child.ended;
    }
    await using child = await server.start();
    const { settings, patch } = await admin(server);
    expect(await settings()).toMatchObject(asSpecified);
    expect(await patch({ cron: "" })).toBe(200);
    expect(await settings()).toMatchObject({ cron: "" });
    child.signal("SIGTERM");
    await child.ended;
  });
});
