/**
 * The real flyctl against the local Fly API: `npm run test:flyctl`, with the one on PATH or at FLOTILLA_FLYCTL. It is no
 * part of `npm test`, where `test/local/fly/graphql/flyctl-replay.test.ts` makes the same calls.
 */
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bearer } from "../../fixtures/bearer.ts";
import { startFlyApi, type FlyApi } from "../../local/fly/server.ts";

const FLYCTL = findFlyctl();
const CONFIG = {
  image: "registry.fly.io/acme:1",
  guest: { cpu_kind: "shared", cpus: 1, memory_mb: 256 },
  restart: { policy: "no" },
  metadata: { fly_platform_version: "v2", fly_process_group: "app" },
};

describe("the real flyctl", () => {
  let fly: FlyApi;
  let dir = "";

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "flotilla-flyctl-"));
    fly = await startFlyApi({ limits: false, lagMs: 0 });
    const headers = bearer(fly.token);
    const body = JSON.stringify({ name: "acme", org_slug: "personal" });
    await fetch(`${fly.url}/v1/apps`, { method: "POST", headers, body });
    writeFileSync(join(dir, "machine.json"), JSON.stringify(CONFIG));
  });
  afterAll(async () => {
    await fly.close();
    rmSync(dir, { recursive: true });
  });

  async function flyctl(...args: readonly string[]): Promise<string> {
    const { stdout } = await execa(FLYCTL, args, {
      cwd: dir, // no fly.toml here
      stdin: "ignore",
      timeout: 60_000,
      env: {
        FLY_FLAPS_BASE_URL: fly.url,
        FLY_API_BASE_URL: fly.url,
        FLY_UIEX_BASE_URL: fly.url,
        FLY_API_TOKEN: fly.token,
        FLY_CONFIG_DIR: dir,
        FLY_NO_UPDATE_CHECK: "1",
        FLY_SEND_METRICS: "0",
        FLY_SYNTHETICS_AGENT: "0",
        FLY_NO_INCIDENTS_CHECK: "1",
        CI: "1",
      },
    });
    return stdout;
  }

  /** The one Machine of the app. */
  function machine() {
    const [one] = fly.store.machines.all().filter(({ state }) => state !== "destroyed");
    if (one === undefined) throw new Error("there is no Machine");
    return one;
  }

  /** Each is a step of one story: the app's Machine is made, looked at, changed and destroyed. */
  const steps: readonly (readonly [string, () => Promise<void>])[] = [
    ["apps list", async () => expect(await flyctl("apps", "list", "--json")).toContain('"acme"')],
    [
      "apps create",
      async () => {
        await flyctl("apps", "create", "second", "--org", "personal");
        expect(fly.store.apps.get("second")).toBeDefined();
      },
    ],
    [
      "machine run",
      async () => {
        const config = join(dir, "machine.json");
        await flyctl(
          "machine",
          "run",
          "registry.fly.io/acme:1",
          "-a",
          "acme",
          "-r",
          "iad",
          "--machine-config",
          config,
          "--detach",
        );
        expect(machine().region).toBe("iad");
      },
    ],
    [
      "machine list",
      async () =>
        expect(await flyctl("machine", "list", "-a", "acme", "--json")).toContain(machine().id),
    ],
    [
      "machine status",
      async () =>
        expect(await flyctl("machine", "status", machine().id, "-a", "acme")).toContain("started"),
    ],
    ["status", async () => expect(await flyctl("status", "-a", "acme")).toContain(machine().id)],
    [
      "scale show",
      async () => expect(await flyctl("scale", "show", "-a", "acme", "--json")).toContain("iad"),
    ],
    [
      "machine stop, start, cordon, uncordon",
      async () => {
        const { id } = machine();
        await flyctl("machine", "stop", id, "-a", "acme", "--wait-timeout", "30s");
        expect(machine().desired).toBe("stopped");
        await flyctl("machine", "start", id, "-a", "acme");
        expect(machine().desired).toBe("started");
        await flyctl("machine", "cordon", id, "-a", "acme");
        expect(machine().cordoned).toBe(true);
        await flyctl("machine", "uncordon", id, "-a", "acme");
        expect(machine().cordoned).toBe(false);
      },
    ],
    [
      "machine update",
      async () => {
        const image = "registry.fly.io/acme:2";
        await flyctl("machine", "update", machine().id, "-a", "acme", "--image", image, "-y");
        expect(machine().config.image).toContain("acme:2");
      },
    ],
    [
      "scale count",
      async () => {
        await flyctl("scale", "count", "2", "-r", "iad", "-a", "acme", "-y");
        const alive = fly.store.machines.all().filter(({ state }) => state !== "destroyed");
        expect(alive).toHaveLength(2);
        await flyctl("scale", "count", "1", "-r", "iad", "-a", "acme", "-y");
      },
    ],
    [
      "volumes list",
      async () =>
        expect(JSON.parse(await flyctl("volumes", "list", "-a", "acme", "--json"))).toEqual([]),
    ],
    [
      "secrets list",
      async () =>
        expect(JSON.parse(await flyctl("secrets", "list", "-a", "acme", "--json"))).toEqual([]),
    ],
    [
      "ips list",
      async () => expect(await flyctl("ips", "list", "-a", "acme", "--json")).toContain("["),
    ],
    [
      "certs list",
      async () => expect(await flyctl("certs", "list", "-a", "acme", "--json")).toContain("["),
    ],
    [
      "platform regions",
      async () => expect(await flyctl("platform", "regions", "--json")).toContain('"iad"'),
    ],
    [
      "machine destroy",
      async () => {
        const { id } = machine();
        await flyctl("machine", "destroy", id, "-a", "acme", "--force");
        expect(fly.store.machines.get(id)?.desired).toBe("destroyed");
      },
    ],
  ];

  test.for(steps)("%s", { timeout: 90_000 }, async ([, step]) => {
    expect.hasAssertions();
    await step();
  });
});

function findFlyctl(): string {
  const named = process.env["FLOTILLA_FLYCTL"];
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  const candidates = named
    ? [named]
    : folders.flatMap((dir) => ["flyctl", "fly"].map((name) => join(dir, name)));
  const found = candidates.find(isExecutable);
  if (found !== undefined) return found;
  throw new Error(
    named
      ? `FLOTILLA_FLYCTL names ${named}, which can't be executed`
      : "there is no flyctl on PATH, and FLOTILLA_FLYCTL names none",
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
