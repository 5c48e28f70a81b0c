import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, onTestFinished, test, vi } from "vitest";
import { scratchFolder } from "../../kit/scratch-folder.ts";
import { bearer } from "../../../fixtures/bearer.ts";
import {
  purgeCloud,
  readCloud,
  spawnCloud,
  startCloud,
  stopCloud,
  type CloudInfo,
  type CloudOptions,
} from "../../../local/index.ts";
import { isAlive } from "../../../local/cloud/lock.ts";
import { processesOf } from "../../../local/machines/kill-orphans.ts";

const SLOW = { timeout: 60_000 };
const NODE = process.execPath;

/** A cloud's options in a folder of its own, which is purged at the end. */
function cloudOptions(more: Partial<CloudOptions> = {}): CloudOptions {
  const dir = scratchFolder();
  onTestFinished(() => purgeCloud(dir));
  return {
    dir,
    mode: "simulated",
    portBase: 0,
    edgeRegions: [],
    image: join(import.meta.dirname, "../machines/image"),
    bin: { "process-compose": NODE, caddy: NODE, "nats-server": NODE, pocketbase: NODE },
    limits: false,
    // So that an interrupted run of the tests leaves none behind.
    untilStdinCloses: true,
    ...more,
  };
}

async function call(
  info: CloudInfo,
  method: string,
  path: string,
  body?: object,
): Promise<Response> {
  return fetch(info.fly + path, {
    method,
    headers: bearer(info.tokens.fly),
    ...(body && { body: JSON.stringify(body) }),
  });
}

interface Status {
  readonly machines: readonly {
    id: string;
    state: string;
    address: string;
    instance_id: string;
    checks: readonly { status: string }[];
  }[];
}

async function status(info: CloudInfo): Promise<Status> {
  return (await (await call(info, "GET", "/_local/status")).json()) as Status;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** A Machine with a volume that serves how often it was booted. */
async function makeMachine(info: CloudInfo): Promise<string> {
  await call(info, "POST", "/v1/apps", { name: "acme", org_slug: "personal" });
  await vi.waitFor(async () => {
    if ((await call(info, "GET", "/v1/apps/acme")).status !== 200) throw new Error("not seen yet");
  });
  const volume = (await (
    await call(info, "POST", "/v1/apps/acme/volumes", { name: "iad_0_data", region: "iad" })
  ).json()) as { id: string };
  const server =
    'require("http").createServer((q, r) => r.end(require("fs").readFileSync(process.argv[2]))).listen(8080, process.argv[3]);';
  const main = `echo boot >> /flotilla/data/boots\nnode /flotilla/etc/server.cjs /flotilla/data/boots 127.0.0.1 &\nwait\n`;
  const made = await call(info, "POST", "/v1/apps/acme/machines", {
    name: "iad-0",
    region: "iad",
    config: {
      image: "acme:1",
      env: { FLOTILLA_ROOT: "/flotilla" },
      files: [
        { guest_path: "/flotilla/etc/main.sh", raw_value: base64(main) },
        { guest_path: "/flotilla/etc/server.cjs", raw_value: base64(server) },
      ],
      mounts: [{ volume: volume.id, path: "/flotilla/data" }],
      checks: { http: { type: "http", port: 8080, path: "/", interval: "1s" } },
      restart: { policy: "always" },
      stop_config: { signal: "SIGTERM", timeout: "5s" },
    },
  });
  return ((await made.json()) as { id: string }).id;
}

async function untilPassing(info: CloudInfo): Promise<Status["machines"][number]> {
  return vi.waitFor(
    async () => {
      const [machine] = (await status(info)).machines;
      if (machine?.checks[0]?.status !== "passing") throw new Error(JSON.stringify(machine));
      return machine;
    },
    { timeout: 30_000, interval: 50 },
  );
}

describe("a cloud with processes", () => {
  test(
    "survives kill -9: same Machine, same address, same data, nothing twice",
    SLOW,
    async ({ expect }) => {
      const options = cloudOptions({ mode: "process" });
      const first = await spawnCloud(options);
      const id = await makeMachine(first);
      const before = await untilPassing(first);
      expect(before).toMatchObject({ id, state: "started" });
      process.kill(first.pid, "SIGKILL");
      await vi.waitFor(() => expect(isAlive(first.pid)).toBe(false));
      expect(await readCloud(options.dir)).toBeUndefined();
      const orphans = processesOf([id]);
      expect(orphans).not.toEqual([]);

      const second = await spawnCloud(options);
      expect(second).toMatchObject({ id: first.id, octet: first.octet, tokens: first.tokens });
      expect([second.fly, second.cloudflare]).toEqual([first.fly, first.cloudflare]);
      const after = await untilPassing(second);
      expect(after).toMatchObject({ id, address: before.address, instance_id: before.instance_id });
      expect(orphans.filter(isAlive)).toEqual([]);
      expect(await (await fetch(`http://${after.address}:8080/`)).text()).toBe("boot\nboot\n");
      await stopCloud(options.dir);
      expect(isAlive(second.pid)).toBe(false);
      expect(processesOf([id])).toEqual([]);
    },
  );

  test(
    "that is stopped kills the processes that a killed run left behind",
    SLOW,
    async ({ expect }) => {
      const options = cloudOptions({ mode: "process" });
      const info = await spawnCloud(options);
      const id = await makeMachine(info);
      await untilPassing(info);
      process.kill(info.pid, "SIGKILL");
      await vi.waitFor(() => expect(isAlive(info.pid)).toBe(false));
      await stopCloud(options.dir);
      expect(processesOf([id])).toEqual([]);
      await stopCloud(options.dir);
    },
  );

  test("restarts an entry process that was killed", SLOW, async ({ expect }) => {
    const options = cloudOptions({ mode: "process" });
    const info = await spawnCloud(options);
    const id = await makeMachine(info);
    await untilPassing(info);
    for (const pid of processesOf([id])) process.kill(pid, "SIGKILL");
    await vi.waitFor(
      async () => {
        const [machine] = (await status(info)).machines;
        expect(await (await fetch(`http://${machine?.address}:8080/`)).text()).toBe("boot\nboot\n");
        expect(machine).toMatchObject({ id, state: "started" });
      },
      { timeout: 20_000 },
    );
    await stopCloud(options.dir);
    expect(processesOf([id])).toEqual([]);
  });

  test("says which executable is missing", async ({ expect }) => {
    const options = cloudOptions({ mode: "process" });
    const bin = { ...options.bin, caddy: join(options.dir, "no-caddy") };
    await expect(spawnCloud({ ...options, bin })).rejects.toThrow(
      "no-caddy: run `flotilla toolchain install`",
    );
  });
});

describe("a cloud", () => {
  test(
    "writes its files for its owner only, and no secret into its options",
    SLOW,
    async ({ expect }) => {
      const options = cloudOptions({ edgeRegions: ["iad", "fra"] });
      const info = await spawnCloud(options);
      expect(await readCloud(options.dir)).toEqual(info);
      const edges = info.edges.map(({ region, url }) => [region, new URL(url).hostname]);
      expect(edges).toEqual([
        ["iad", "127.0.0.1"],
        ["fra", "127.0.0.1"],
      ]);
      expect(info.tokens.fly).toMatch(/^flotilla-local-/);
      expect(statSync(join(options.dir, "cloud.json")).mode & 0o077).toBe(0);
      expect(readFileSync(info.caFile, "utf8")).toContain("BEGIN CERTIFICATE");
      const told = readFileSync(join(options.dir, "options.json"), "utf8");
      const argv = readFileSync(`/proc/${info.pid}/cmdline`, "latin1");
      for (const token of Object.values(info.tokens)) {
        expect(told).not.toContain(token);
        expect(argv).not.toContain(token);
        expect(readFileSync(info.log, "utf8")).not.toContain(token);
      }
    },
  );

  test("is one per folder", SLOW, async ({ expect }) => {
    const options = cloudOptions();
    const info = await spawnCloud(options);
    await expect(spawnCloud(options)).rejects.toThrow(
      `a local cloud already runs in ${options.dir} (process ${info.pid})`,
    );
    expect(await readCloud(options.dir)).toEqual(info);
  });

  test(
    "takes free ports where the well-known ones are in use, and says so",
    SLOW,
    async ({ expect }) => {
      const server = createServer();
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      onTestFinished(() => void server.close());
      const { port } = server.address() as AddressInfo;
      const { info, close } = await startCloud(cloudOptions({ portBase: port }));
      const flyPort = new URL(info.fly).port;
      expect(flyPort).not.toBe(String(port));
      expect(info.notices).toContain(`port ${port} is in use: the Fly API listens on ${flyPort}`);
      await close();
    },
  );

  test("records the calls to both APIs, and breaks both", SLOW, async ({ expect }) => {
    const { info, close } = await startCloud(cloudOptions());
    const authorization = bearer(info.tokens.cloudflare);
    const zones = `${info.cloudflare}/zones`;
    expect((await fetch(zones, { headers: authorization })).status).toBe(200);
    await call(info, "GET", "/v1/tokens/current");
    const { calls } = (await (await call(info, "GET", "/_local/calls")).json()) as {
      calls: object[];
    };
    expect(calls).toMatchObject([
      { seq: 1, api: "cloudflare", path: "/client/v4/zones", status: 200 },
      { seq: 2, api: "fly", path: "/v1/tokens/current", status: 200 },
    ]);
    const fault = { method: "GET", path: ".", when: "before", action: { status: 503, body: {} } };
    await call(info, "POST", "/_local/faults", { ...fault, api: "cloudflare" });
    expect((await fetch(zones, { headers: authorization })).status).toBe(503);
    expect((await call(info, "GET", "/v1/tokens/current")).status).toBe(200);
    await close();
  });

  test(
    "ends with the process that started it, with `untilStdinCloses`",
    SLOW,
    async ({ expect }) => {
      const options = cloudOptions();
      const script = `
      import { spawnCloud } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, "../../../local/index.ts")).href)};
      console.log(JSON.stringify(await spawnCloud(${JSON.stringify(options)})));
      setInterval(() => {}, 1000);
    `;
      const owner = spawn(NODE, ["--input-type=module", "-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = (await once(owner.stdout, "data")) as [Buffer];
      const info = JSON.parse(line.toString()) as CloudInfo;
      expect(await readCloud(options.dir)).toEqual(info);
      owner.kill("SIGKILL");
      await vi.waitFor(() => expect(isAlive(info.pid)).toBe(false), { timeout: 20_000 });
      expect(() => statSync(join(options.dir, "cloud.json"))).toThrow("ENOENT");
    },
  );

  test(
    "outlives the process that started it otherwise, and stops on request",
    SLOW,
    async ({ expect }) => {
      const options = cloudOptions({ untilStdinCloses: false });
      const script = `
      import { spawnCloud } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, "../../../local/index.ts")).href)};
      console.log(JSON.stringify(await spawnCloud(${JSON.stringify(options)})));
    `;
      const owner = spawn(NODE, ["--input-type=module", "-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = (await once(owner.stdout, "data")) as [Buffer];
      if (owner.exitCode === null) await once(owner, "exit");
      expect(owner.exitCode).toBe(0);
      const info = JSON.parse(line.toString()) as CloudInfo;
      expect(await readCloud(options.dir)).toEqual(info);
      await call(info, "POST", "/_local/stop");
      await vi.waitFor(() => expect(isAlive(info.pid)).toBe(false), { timeout: 20_000 });
    },
  );

  test("that is purged leaves nothing", SLOW, async ({ expect }) => {
    const options = cloudOptions();
    await spawnCloud(options);
    await purgeCloud(options.dir);
    expect(() => statSync(options.dir)).toThrow("ENOENT");
    await purgeCloud(options.dir);
  });
});
