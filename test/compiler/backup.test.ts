/** PocketBase's `backup`: from the spec to its process. `test/image/backups.test.ts` goes on from there. */
import { describe, test } from "vitest";
import { parse } from "yaml";
import { compile } from "../../compiler/compile.ts";
import type { SpecFile } from "../../compiler/compile.ts";
import { isCron } from "../../compiler/services/pocketbase/cron.ts";
import type { RegionDesired } from "../../compiler/model/desired.ts";
import { backedUp, edited, sampleSpecs, singleWriterSpecs } from "../../fixtures/sample-specs.ts";
import { desiredOf, fileOf, regionOf } from "../kit/compiled.ts";

const pocketbase = "specs/services/pocketbase.yaml";

function region(files: readonly SpecFile[], stack = "iad"): RegionDesired {
  return regionOf(compile(files, { stack }));
}

function processOf(files: readonly SpecFile[], host: string, name: string): unknown {
  const text = fileOf(region(files, host.slice(0, 3)), host, "/flotilla/etc/process-compose.yaml");
  return (parse(text) as { processes: Record<string, unknown> }).processes[name];
}

describe("backup", () => {
  const names = ["BACKUP_ACCESS_KEY", "BACKUP_SECRET"];
  const settings = (files: readonly SpecFile[], host: string): unknown => {
    const { environment } = processOf(files, host, "pocketbase") as { environment: string[] };
    return JSON.parse(environment[0]?.replace("POCKETBASE_BACKUP=", "") ?? "null");
  };

  test("reaches PocketBase as settings, with the names of its secrets", ({ expect }) => {
    expect(settings(backedUp(sampleSpecs()), "iad-0")).toEqual({
      cron: "0 3 * * *",
      maxKeep: 3,
      s3: {
        bucket: "acme-{region}",
        endpoint: "https://fly.storage.tigris.dev",
        region: "auto",
        accessKey: "BACKUP_ACCESS_KEY",
        secret: "BACKUP_SECRET",
        forcePathStyle: false,
      },
    });
    expect(
      settings(
        edited(
          sampleSpecs(),
          pocketbase,
          "storage_gb: 3\n",
          'storage_gb: 3\nbackup: { cron: "@daily", max_keep: 7 }\n',
        ),
        "fra-0",
      ),
    ).toEqual({ cron: "@daily", maxKeep: 7 });
  });

  test("hands its secrets to PocketBase only, and asks for them to be set", ({ expect }) => {
    const files = backedUp(sampleSpecs());
    const keeps = Object.fromEntries(
      ["caddy", "nats", "pocketbase", "worker-0"].map((name) => [
        name,
        (processOf(files, "iad-0", name) as { entrypoint: string[] }).entrypoint[1]?.split(","),
      ]),
    );
    const { pocketbase: own, ...others } = keeps;
    expect(own).toEqual(expect.arrayContaining([...names, "POCKETBASE_BACKUP"]));
    for (const keep of Object.values(others))
      expect(keep?.filter((name) => /BACKUP/.test(name))).toEqual([]);
    const global = desiredOf(compile(files, { stack: "global" }));
    expect(global).toMatchObject({ secrets: expect.arrayContaining(names) as unknown });
  });

  test("is one region's with a single writer", ({ expect }) => {
    const files = backedUp(singleWriterSpecs());
    expect(settings(files, "iad-0")).toMatchObject({ cron: "0 3 * * *" });
    const fra = JSON.stringify(region(files, "fra").hosts);
    expect(fra).not.toContain("BACKUP");
    expect(JSON.stringify(region(files).hosts)).toContain("BACKUP_SECRET");
  });

  test("in one bucket is fine for one data set", ({ expect }) => {
    const files = edited(backedUp(singleWriterSpecs()), pocketbase, "acme-{region}", "acme");
    expect(compile(files, { stack: "iad" })).toMatchObject({ ok: true, diagnostics: [] });
  });

  test("takes the cron expressions that PocketBase takes", ({ expect }) => {
    const good = [
      ..."* * * * *|0 3 * * *|*/5 0-6 1,15 1-12/2 0-6|59 23 31 12 6|05 03 01 01 0|0,30 8-18/2 * * 1-5".split(
        "|",
      ),
      ..."@yearly @annually @monthly @weekly @daily @midnight @hourly".split(" "),
    ];
    const bad =
      "|0 3 * *|0 3 * * * *|60 * * * *|* 24 * * *|* * 0 * *|* * * 13 *|* * * * 7|*/0 * * * *|5/10 * * * *|5-3 * * * *|MON * * * *|*/60 * * * *|1-2-3 * * * *|* * * * MON|@reboot|0  3 * * *|@daily ".split(
        "|",
      );
    expect(good.filter((text) => !isCron(text))).toEqual([]);
    expect(bad.filter(isCron)).toEqual([]);
  });
});
