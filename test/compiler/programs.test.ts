import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { beforeAll, describe, test } from "vitest";
import { compile } from "../../compiler/compile.ts";
import type { SpecFile } from "../../compiler/compile.ts";
import type { RegionDesired } from "../../compiler/render/desired.ts";
import { edited, regionOf, root, sampleSpecs } from "./sample.ts";
import { toolPath } from "./tool.ts";

/** Specs whose rendered files take other branches than the sample's. */
const specs: readonly { name: string; files: readonly SpecFile[]; stacks: readonly string[] }[] = [
  { name: "the sample", files: sampleSpecs(), stacks: ["iad", "fra"] },
  {
    name: "three JetStream servers, and a leaf node beside them",
    files: edited(
      edited(
        sampleSpecs(),
        "specs/services/nats.yaml",
        "iad: { replicas: 2, max: 4 }",
        "iad: { replicas: 4, jetstream: { servers: 3, storage_gb: 1, memory_mb: 64 } }",
      ),
      "specs/services/nats.yaml",
      "hub: iad",
      "hub: fra",
    ),
    stacks: ["iad", "fra"],
  },
  {
    name: "a single writer, and a route to processes",
    files: edited(
      edited(
        edited(
          sampleSpecs(),
          "specs/services/pocketbase.yaml",
          "data: regional",
          "data: { mode: single-writer, writer: iad }",
        ),
        "specs/services/pocketbase.yaml",
        "default:",
        "iad:",
      ),
      "specs/services/caddy.yaml",
      "- { path: [/nats]",
      "- { path: [/jobs/*], to: worker }\n  - { path: [/nats]",
    ),
    stacks: ["iad", "fra"],
  },
];

describe("the programs that read the rendered files accept them", () => {
  beforeAll(async () => {
    for (const name of ["process-compose", "caddy", "nats-server"] as const) await toolPath(name);
  });

  for (const { name, files, stacks } of specs)
    test.for(stacks)(`${name}: %s`, async (stack, { expect }) => {
      const desired = regionOf(compile(files, { stack }));
      const { output, code } = await check(desired);
      expect(code, output).toBe(0);
      const checked = output.split("\n").filter((line) => line.startsWith("ok "));
      const expected = new Set(
        Object.values(desired.check.hosts).flatMap((texts) =>
          Object.entries(texts).map(([path, content]) => path + content),
        ),
      );
      expect(checked.length).toBe(expected.size);
    });

  test("and refuse what is broken", async ({ expect }) => {
    const desired = regionOf(compile(sampleSpecs(), { stack: "fra" }));
    const hosts = Object.fromEntries(
      Object.entries(desired.check.hosts).map(([host, texts]) => [
        host,
        Object.fromEntries(
          Object.entries(texts).map(([path, content]) => [
            path,
            content.replace("leafnodes {", "leafnoodles {"),
          ]),
        ),
      ]),
    );
    const { output, code } = await check({ ...desired, check: { ...desired.check, hosts } });
    expect([code, output.includes("leafnoodles")]).toEqual([1, true]);
  });
});

async function check(desired: RegionDesired): Promise<{ output: string; code: number | null }> {
  const child = spawn(process.execPath, [join(root, "toolchain/check.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.once("close", resolve).once("error", reject),
  );
  child.stdin.end(JSON.stringify({ ...desired.check, region: desired.region }));
  const output = await text(child.stdout);
  return { output, code: await ended };
}
