/** What a person gets wrong ends in one clear sentence, and nothing is touched. */
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../fixtures/project-root.ts";
import { Sandbox } from "../../fixtures/sandbox.ts";

let world: Sandbox;

beforeAll(async () => {
  world = await Sandbox.create();
  await world.up("simulated");
});
afterAll(async () => world.close());

async function writeCalls(): Promise<string[]> {
  const { calls } = await world.control<{ calls: { method: string; path: string }[] }>(
    "GET",
    "/_local/calls?after=0",
  );
  return calls
    .filter(({ method }) => !["GET", "HEAD"].includes(method))
    .map(({ method, path }) => `${method} ${path}`);
}

describe("five mistakes in three files", () => {
  const mistakes = [
    ["fleet.yaml", "iad: { max_hosts: 4", "iax: { max_hosts: 4"],
    ["fleet.yaml", "hostnames: [app.example.com]", "hostnames: [app.example.org]"],
    ["services/caddy.yaml", "to: pocketbase", "to: pocketbse"],
    ["services/worker.yaml", "max_per_host: 4", "max_per_hots: 4"],
    ["services/worker.yaml", "scale_strategy: local", "scale_strategy: global"],
  ] as const;

  it("prints all five with file:line:column and a hint, exits non-zero, makes no write call", async () => {
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

      const up = await world.pulumi(["up", "--yes", "--skip-preview", "-s", "global"], specs);
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

it("a wrong token is an error that says so, never an empty fleet", async () => {
  const { exitCode, output } = await world.pulumi(["preview", "-s", "iad"], {
    FLY_API_TOKEN: "flotilla-local-wrong",
  });
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/401/);
  expect(output).toMatch(/FLY_API_TOKEN/);
  expect(output).not.toContain("flotilla-local-wrong");
  expect(await world.machines()).toEqual(["fra-0", "iad-0", "iad-1"]);
});

it("a region without stack global is one sentence with the command to run", async () => {
  const backend = join(world.dir, "other-backend");
  await mkdir(backend, { recursive: true });
  await writeFile(join(backend, ".flotilla-local"), "");
  const env = { PULUMI_BACKEND_URL: pathToFileURL(backend).href };
  const scratch = join(world.stateDir, "scratch");
  const init = await world.pulumi(["stack", "init", "iad", "-C", scratch], env);
  expect(init.exitCode, init.output).toBe(0);
  const { exitCode, output } = await world.pulumi(["preview", "-s", "iad"], env);
  expect(exitCode).not.toBe(0);
  expect(output).toContain("run `pulumi up -s global` first");
});

it("a region that left the spec is named with the commands to remove it, and keeps its hosts", async () => {
  const left = await Sandbox.create();
  try {
    await left.editSpec("fleet.yaml", "  fra: { max_hosts: 2 }\n", "");
    await left.editSpec("fleet.yaml", "region_order: [fra, iad]", "region_order: [iad]");
    await left.editSpec("services/caddy.yaml", "  fra: { replicas: 1 }\n", "");
    await left.editSpec("services/nats.yaml", ", fra: { replicas: 1 }", "");
    await left.editSpec("services/worker.yaml", ", fra: { replicas: 1, max: 2 }", "");
    const specs = { FLOTILLA_SPECS: left.specsDir };
    const { exitCode, output } = await world.pulumi(["up", "--yes", "-s", "fra"], specs);
    expect(exitCode).not.toBe(0);
    expect(output).toContain("pulumi destroy -s fra");
    expect(await world.machines()).toContain("fra-0");
  } finally {
    await left.close();
  }
});

describe("a mix of the two worlds is refused", () => {
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
    const { exitCode, output } = await world.pulumi(["up", "--yes", "-s", "iad"], env);
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/local.*real|real.*local/i);
    expect(output).not.toContain("fm2_real");
    expect(await writeCalls()).toEqual(calls);
  });

  it("a real backend with the local API", async () => {
    const backend = join(world.dir, "unmarked-backend");
    await mkdir(backend, { recursive: true });
    const env = { PULUMI_BACKEND_URL: pathToFileURL(backend).href };
    await world.pulumi(["stack", "init", "global", "-C", join(world.stateDir, "scratch")], env);
    const { exitCode, output } = await world.pulumi(["preview", "-s", "global"], env);
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/backend/i);
  });
});

it("a port in use is named, and another one taken; every other port derives from --port-base", async () => {
  const second = await Sandbox.create();
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await second.editSpec("fleet.yaml", /@sha256:[0-9a-f]{64}/, ":latest");
    const up = await second.flotilla(
      "local",
      "up",
      "--detach",
      "--simulated",
      "--port-base",
      String(port),
    );
    expect(up.exitCode, up.output).toBe(0);
    expect(up.output).toMatch(new RegExp(`port ${port} is in use`));
    const { fly, cloudflare } = await second.info();
    expect(new URL(fly).port).not.toBe(String(port));
    await second.loadEnv();
    const others = [
      { url: cloudflare, derived: port + 1 },
      { url: second.env["FLOTILLA_CONTROLLER"] ?? "", derived: port + 120 },
    ].filter(({ derived }) => !up.output.includes(`port ${derived} is in use`));
    expect(others.map(({ url }) => Number(new URL(url).port))).toEqual(
      others.map(({ derived }) => derived),
    );

    // The spec's warning comes from the run of every stack, and is shown once.
    expect(up.output.match(/fleet\.yaml:5:8 warning W201 /g), up.output).toHaveLength(1);
  } finally {
    server.close();
    await second.close();
  }
});

it("a missing Go is one sentence with the fix", async () => {
  const { exitCode, stderr } = await execa(
    process.execPath,
    [join(root, "clients/cli/flotilla.ts"), "toolchain", "install"],
    {
      cwd: root,
      reject: false,
      extendEnv: false,
      env: {
        PATH: "/nonexistent",
        HOME: world.dir,
        FLOTILLA_CACHE: join(world.dir, "empty-cache"),
      },
    },
  );
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/Go/);
  expect(stderr).toMatch(/1\.26/);
  expect(stderr).not.toMatch(/^\s+at /m);
});
