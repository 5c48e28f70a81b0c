import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { webcrypto } from "node:crypto";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createUser } from "@nats-io/nkeys";
import { describe, onTestFinished, test } from "vitest";
import { compile } from "../../compiler/compile.ts";
import type { SpecFile } from "../../compiler/compile.ts";
import { edited, sampleSpecs } from "../../fixtures/sample-specs.ts";
import { fileOf, regionOf } from "../kit/compiled.ts";
import { scratchFolder } from "../kit/scratch-folder.ts";
import { toolPath } from "../kit/tool-path.ts";
import { until } from "../../fixtures/until.ts";

const three = edited(
  sampleSpecs(),
  "specs/services/nats.yaml",
  "iad: { replicas: 2, max: 4 }",
  "iad: { replicas: 4, jetstream: { servers: 3, storage_gb: 1, memory_mb: 64 } }",
);

describe("the rendered nats.conf files, run together", () => {
  test.for([
    {
      name: "one server per region, a leaf node beside it, fra under iad",
      files: sampleSpecs(),
      leafs: { "iad-0": ["fra-0", "iad-1"], "iad-1": ["iad-0"], "fra-0": ["iad-0"] },
      domains: { "iad-0": "iad", "iad-1": undefined, "fra-0": "fra" },
    },
    {
      name: "a cluster of three with a leaf node, fra under it",
      files: three,
      leafs: { "iad-3": ["core"], "fra-0": ["core"] },
      domains: {
        "iad-0": "iad",
        "iad-1": "iad",
        "iad-2": "iad",
        "iad-3": undefined,
        "fra-0": "fra",
      },
    },
  ])("$name", async ({ files, leafs, domains }, { expect }) => {
    const fleet = await startFleet(files);
    for (const [host, names] of Object.entries(leafs))
      await until(`${host} has its links`, async () => {
        const { leafs: found = [] } = await fleet.ask<{
          leafs?: { name: string; account: string }[];
        }>(host, "leafz");
        const seen = found.map(({ name, account }) => {
          expect(account).toBe("APP");
          return names[0] === "core" ? name.replace(/^iad-[012]$/, "core") : name;
        });
        return seen.sort().join() === names.join() ? true : undefined;
      });
    for (const [host, domain] of Object.entries(domains)) {
      const { config } = await fleet.ask<{ config?: { domain?: string } }>(host, "jsz");
      expect([host, config?.domain]).toEqual([host, domain]);
    }
  });
});

interface Fleet {
  ask<T>(host: string, path: string): Promise<T>;
}

/** Every region's NATS on loopback addresses of their own, in place of the hosts' names. */
async function startFleet(files: readonly SpecFile[]): Promise<Fleet> {
  const program = await toolPath("nats-server");
  const folder = scratchFolder();
  const [first = 0, second = 0] = webcrypto.getRandomValues(new Uint8Array(2));
  const addressOf = (host: string): string =>
    `127.${150 + (first % 50)}.${second}.${(host.startsWith("iad") ? 10 : 20) + Number(host.slice(4))}`;
  const children: ChildProcess[] = [];
  onTestFinished(async () => {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null) return;
        const gone = once(child, "exit");
        child.kill("SIGKILL");
        await gone;
      }),
    );
  });
  const env = users();
  for (const stack of ["iad", "fra"]) {
    const desired = regionOf(compile(files, { stack }));
    for (const { name } of desired.hosts) {
      const root = join(folder, name);
      await mkdir(root);
      const text = fileOf(desired, name, "/flotilla/etc/nats.conf")
        .replaceAll(/([a-z]{3}-\d+)\.host\.kv\._metadata\.acme\.internal/g, (_, host: string) =>
          addressOf(host),
        )
        .replaceAll("[::]:", `${addressOf(name)}:`)
        .replaceAll("/flotilla/", `${root}/`);
      await writeFile(join(root, "nats.conf"), text);
      children.push(spawn(program, ["-c", join(root, "nats.conf")], { env, stdio: "ignore" }));
    }
  }
  return {
    ask: (host, path) =>
      until(`${host} answers ${path}`, async () => {
        const response = await fetch(`http://${addressOf(host)}:8222/${path}`);
        return (await response.json()) as never;
      }),
  };
}

function users(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of ["APP", "LEAF", "OPERATOR", "SYS"]) {
    const user = createUser();
    env[`NATS_${name}_PUBLIC`] = user.getPublicKey();
    if (name === "LEAF") env["NATS_LEAF_SEED"] = new TextDecoder().decode(user.getSeed());
  }
  return env;
}
