/**
 * The sample fleet on simulated Machines with the real engine. A mistake ends in one clear error and changes nothing; a
 * change does what it says and no more. An engine killed with -9, at every call: test/long/kill.test.ts.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../fixtures/project-root.ts";
import { Sandbox } from "../../fixtures/sandbox.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.create();
  await sandbox.up("simulated");
});
afterAll(async () => sandbox.close());

async function writeCalls(): Promise<string[]> {
  const { calls } = await sandbox.control<{ calls: { method: string; path: string }[] }>(
    "GET",
    "/_local/calls?after=0",
  );
  return calls
    .filter(({ method }) => !["GET", "HEAD"].includes(method))
    .map(({ method, path }) => `${method} ${path}`);
}

describe("a mistake", () => {
  describe("five mistakes in three files", () => {
    const mistakes = [
      ["fleet.yaml", "iad: { max_hosts: 4", "iax: { max_hosts: 4"],
      ["fleet.yaml", "hostnames: [app.example.com]", "hostnames: [app.example.org]"],
      ["services/caddy.yaml", "to: pocketbase", "to: pocketbse"],
      ["services/worker.yaml", "max_per_host: 4", "max_per_hots: 4"],
      ["services/worker.yaml", "scale_strategy: local", "scale_strategy: global"],
    ] as const;

    it("are all printed with position and hint; the exit code isn't 0 and nothing is written", async () => {
      const broken = await Sandbox.create();
      try {
        for (const [file, from, to] of mistakes) await broken.editSpec(file, from, to);
        const specs = { FLOTILLA_SPECS: broken.specsDir };
        const before = await writeCalls();

        const validated = await broken.flotilla("validate", "--json");
        expect(validated.exitCode).toBe(2);
        const { diagnostics } = JSON.parse(validated.stdout) as {
          diagnostics: {
            severity: string;
            file: string;
            line: number;
            column: number;
            hint: string;
          }[];
        };
        const errors = diagnostics.filter(({ severity }) => severity === "error");
        for (const [file, , wrong] of mistakes) {
          const word = wrong.split(/[\s:{[\]]+/).filter(Boolean);
          expect(
            errors.some((error) => error.file.endsWith(file) && error.hint.length > 0),
            `${file}: ${word.join(" ")}`,
          ).toBe(true);
        }
        expect(errors.length).toBeGreaterThanOrEqual(5);

        const up = await sandbox.pulumi(["up", "--yes", "--skip-preview", "-s", "global"], specs);
        expect(up.exitCode).not.toBe(0);
        for (const { file, line, column } of errors) {
          expect(up.output).toContain(`${file.split("/").at(-1)}:${line}:${column}`);
        }
        expect(up.output).toContain("hint:");
        expect(up.output).not.toMatch(/^\s+at .*\.ts/m);
        expect(await writeCalls()).toEqual(before);
      } finally {
        await broken.close();
      }
    });
  });

  it("a wrong token is an error, never an empty fleet", async () => {
    const { exitCode, output } = await sandbox.pulumi(["preview", "-s", "iad"], {
      FLY_API_TOKEN: "flotilla-local-wrong",
    });
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/401/);
    expect(output).toMatch(/FLY_API_TOKEN/);
    expect(output).not.toContain("flotilla-local-wrong");
    expect(await sandbox.machines()).toEqual(["fra-0", "iad-0", "iad-1"]);
  });

  it("a region without stack `global` fails with the command to run", async () => {
    const backend = join(sandbox.dir, "other-backend");
    await mkdir(backend, { recursive: true });
    await writeFile(join(backend, ".flotilla-local"), "");
    const env = { PULUMI_BACKEND_URL: pathToFileURL(backend).href };
    const scratch = join(sandbox.stateDir, "scratch");
    const init = await sandbox.pulumi(["stack", "init", "iad", "-C", scratch], env);
    expect(init.exitCode, init.output).toBe(0);
    const { exitCode, output } = await sandbox.pulumi(["preview", "-s", "iad"], env);
    expect(exitCode).not.toBe(0);
    expect(output).toContain("run `pulumi up -s global` first");
  });

  it("a region removed from the spec keeps its hosts, and the error names the commands that remove it", async () => {
    const left = await Sandbox.create();
    try {
      await left.editSpec("fleet.yaml", "  fra: { max_hosts: 2 }\n", "");
      await left.editSpec("fleet.yaml", "region_order: [fra, iad]", "region_order: [iad]");
      await left.editSpec("services/caddy.yaml", "  fra: { replicas: 1 }\n", "");
      await left.editSpec("services/nats.yaml", ", fra: { replicas: 1 }", "");
      await left.editSpec("services/worker.yaml", ", fra: { replicas: 1, max: 2 }", "");
      const specs = { FLOTILLA_SPECS: left.specsDir };
      const { exitCode, output } = await sandbox.pulumi(["up", "--yes", "-s", "fra"], specs);
      expect(exitCode).not.toBe(0);
      expect(output).toContain("pulumi destroy -s fra");
      expect(await sandbox.machines()).toContain("fra-0");
    } finally {
      await left.close();
    }
  });

  describe("a mix of the local cloud and Fly is refused", () => {
    const before = async (): Promise<string[]> => writeCalls();
    it.each([
      ["the real API with a local token", { FLY_FLAPS_BASE_URL: "https://api.machines.dev" }],
      ["the local API with a real token", { FLY_API_TOKEN: "FlyV1 fm2_real" }],
      [
        "the real Cloudflare beside the local Fly",
        { CLOUDFLARE_BASE_URL: "https://api.cloudflare.com/client/v4" },
      ],
    ])("%s", async (_, env) => {
      const calls = await before();
      const { exitCode, output } = await sandbox.pulumi(["up", "--yes", "-s", "iad"], env);
      expect(exitCode).not.toBe(0);
      expect(output).toMatch(/local.*real|real.*local/i);
      expect(output).not.toContain("fm2_real");
      expect(await writeCalls()).toEqual(calls);
    });

    it("a real backend with the local API", async () => {
      const backend = join(sandbox.dir, "unmarked-backend");
      await mkdir(backend, { recursive: true });
      const env = { PULUMI_BACKEND_URL: pathToFileURL(backend).href };
      await sandbox.pulumi(
        ["stack", "init", "global", "-C", join(sandbox.stateDir, "scratch")],
        env,
      );
      const { exitCode, output } = await sandbox.pulumi(["preview", "-s", "global"], env);
      expect(exitCode).not.toBe(0);
      expect(output).toMatch(/backend/i);
    });
  });

  it("a missing Go fails with the version to install", async () => {
    const { exitCode, stderr } = await execa(
      process.execPath,
      [join(root, "clients/cli/flotilla.ts"), "toolchain", "install"],
      {
        cwd: root,
        reject: false,
        extendEnv: false,
        env: {
          PATH: "/nonexistent",
          HOME: sandbox.dir,
          FLOTILLA_CACHE: join(sandbox.dir, "empty-cache"),
        },
      },
    );
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/Go/);
    expect(stderr).toMatch(/1\.26/);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe("a change", () => {
  it("a preview right after `up` shows no change on any stack", async () => {
    for (const stack of ["global", "iad", "fra"]) {
      const { exitCode, output } = await sandbox.previewNoChanges(stack);
      expect(exitCode, output).toBe(0);
    }
  });

  it("the URNs are those of existing deployments: a rename needs aliases", async () => {
    const urns: string[] = [];
    for (const stack of ["global", "iad", "fra"]) {
      const { stdout } = await sandbox.pulumi(["stack", "export", "-s", stack]);
      const { deployment } = JSON.parse(stdout) as { deployment: { resources: { urn: string }[] } };
      urns.push(...deployment.resources.map(({ urn }) => urn));
    }
    await expect(`${urns.toSorted().join("\n")}\n`).toMatchFileSnapshot("../golden/urns.txt");
  });

  it("a Machine deleted by hand shows in a plain preview and is created again by a plain `up`", async () => {
    const victim = (await sandbox.status()).machines.find(({ name }) => name === "iad-1");
    await sandbox.flotilla("local", "kill", "iad-1");
    expect(await sandbox.machines()).toEqual(["fra-0", "iad-0"]);
    expect(await sandbox.preview("iad")).toContainEqual(
      expect.objectContaining({ name: "iad-1-machine" }),
    );
    await sandbox.apply("iad");
    expect(await sandbox.machines()).toEqual(["fra-0", "iad-0", "iad-1"]);
    expect((await sandbox.status()).machines.find(({ name }) => name === "iad-1")?.id).not.toBe(
      victim?.id,
    );
    expect(await sandbox.preview("iad")).toEqual([]);
  });

  // Removing a host: test/e2e/up.test.ts, on Machines that run.
  it("caddy iad 2 → 3 and worker 3 → 4 add exactly one host, update one and change no other stack", async () => {
    await sandbox.editSpec("services/caddy.yaml", "iad: { replicas: 2", "iad: { replicas: 3");
    await sandbox.editSpec("services/worker.yaml", "iad: { replicas: 3", "iad: { replicas: 4");
    expect(await sandbox.preview("iad")).toEqual([
      { op: "update", name: "iad-1-machine" },
      { op: "create", name: "iad-2" },
      { op: "create", name: "iad-2-machine" },
      { op: "update", name: "iad-check" },
    ]);
    expect(await sandbox.preview("fra")).toEqual([]);
    expect(await sandbox.preview("global")).toEqual([]);

    const before = (await sandbox.status()).machines.map(({ id }) => id);
    await sandbox.apply("iad");
    const { machines } = await sandbox.status();
    const added = machines.filter(({ id }) => !before.includes(id));
    expect(added.map(({ name, state }) => ({ name, state }))).toEqual([
      { name: "iad-2", state: "started" },
    ]);
    expect(machines).toHaveLength(before.length + 1);
  });
});
