import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, onTestFinished, test, vi } from "vitest";
import { scratchFolder } from "../../kit/scratch-folder.ts";
import { createProcessRunner } from "../../../local/machines/process.ts";
import type {
  GuestCheckResult,
  Exit,
  Guest,
  GuestConfig,
  MachineRunner,
} from "../../../local/machines/runner.ts";
import { processesOf } from "../../../local/machines/kill-orphans.ts";

const IMAGE = join(import.meta.dirname, "image");
const ID = `a0${process.pid.toString(16).padStart(12, "0")}`;

/** A server that answers with what it was told by its environment. */
const SERVER = `
const http = require("node:http");
http.createServer((q, r) => {
  if (q.url === "/sick") { r.statusCode = 503; r.end(); return; }
  r.end(JSON.stringify({ env: process.env, argv: process.argv, pid: process.pid }));
}).listen(Number(process.argv[2]), process.env.BIND_ADDRESS);
`;

interface Fixture {
  readonly dir: string;
  readonly root: string;
  readonly runner: MachineRunner;
  readonly guest: (config: GuestConfig, more?: Partial<Guest>) => Guest;
  readonly exits: Exit[];
  readonly checks: (readonly GuestCheckResult[])[];
  start(guest: Guest): Promise<void>;
  log(): string;
}

function fixture(): Fixture {
  const dir = scratchFolder();
  const runner = createProcessRunner({ dir, image: IMAGE, binaries: { node: process.execPath } });
  const exits: Exit[] = [];
  const checks: (readonly GuestCheckResult[])[] = [];
  onTestFinished(async () => {
    await runner.remove(ID);
  });
  return {
    dir,
    root: join(dir, "machines", ID, "flotilla"),
    runner,
    exits,
    checks,
    guest: (config, more = {}) => ({
      app: "acme",
      id: ID,
      name: "iad-0",
      region: "iad",
      instanceId: "01INSTANCE",
      address: "127.1.9.1",
      config: { image: "acme:1", env: { FLOTILLA_ROOT: "/flotilla" }, ...config },
      secrets: {},
      resolve: (name) => (name === "fra.acme.internal" ? "127.1.7.1" : undefined),
      ...more,
    }),
    start: (guest) =>
      runner.start(guest, {
        onChecks: (results) => checks.push(results),
        onExit: (exit) => exits.push(exit),
      }),
    log: () => readFileSync(join(dir, "machines", ID, "log"), "utf8"),
  };
}

function file(guest_path: string, text: string): { guest_path: string; raw_value: string } {
  return { guest_path, raw_value: Buffer.from(text).toString("base64") };
}

function main(script: string): { guest_path: string; raw_value: string } {
  return file("/flotilla/etc/main.sh", script);
}

describe("a process Machine", () => {
  test("serves on its own address, with its own environment and nothing of ours", async ({
    expect,
  }) => {
    const f = fixture();
    process.env["FLOTILLA_TEST_CANARY"] = "ours";
    onTestFinished(() => {
      delete process.env["FLOTILLA_TEST_CANARY"];
    });
    await f.start(
      f.guest(
        {
          env: {
            FLOTILLA_ROOT: "/flotilla",
            BIND_ADDRESS: "[::]",
            PEER: "http://fra.acme.internal:8081",
            SHADOWED: "env",
          },
          files: [
            main("exec node /flotilla/etc/server.cjs 8080\n"),
            file("/flotilla/etc/server.cjs", SERVER),
          ],
          services: [
            {
              internal_port: 8080,
              checks: [{ type: "http", port: 8080, path: "/" }, { type: "tcp" }],
            },
          ],
          checks: { sick: { type: "http", port: 8080, path: "/sick", grace_period: "0s" } },
        },
        { secrets: { SHADOWED: "secret", TOKEN: "hush-hush 127.0.0.1" } },
      ),
    );
    await vi.waitFor(
      () =>
        expect(f.checks.at(-1)).toEqual([
          { name: "servicecheck-00-http-8080", status: "passing", output: "200 OK" },
          { name: "servicecheck-01-tcp-8080", status: "passing", output: "connected" },
          { name: "sick", status: "critical", output: "503 Service Unavailable" },
        ]),
      { timeout: 20_000, interval: 20 },
    );
    const told = (await (await fetch("http://127.1.9.1:8080/")).json()) as {
      env: Record<string, string>;
      argv: string[];
      pid: number;
    };
    expect(told.env).toMatchObject({
      FLOTILLA_ROOT: f.root,
      BIND_ADDRESS: "127.1.9.1",
      PEER: "http://127.1.7.1:8081",
      SHADOWED: "secret",
      TOKEN: "hush-hush 127.0.0.1",
      HOME: f.root,
      FLY_APP_NAME: "acme",
      FLY_MACHINE_ID: ID,
      FLY_REGION: "iad",
      FLY_PRIVATE_IP: "127.1.9.1",
      FLY_MACHINE_VERSION: "01INSTANCE",
      FLY_IMAGE_REF: "acme:1",
    });
    expect(told.env).not.toHaveProperty("FLOTILLA_TEST_CANARY");
    expect(told.argv[1]).toBe(join(f.root, "etc", "server.cjs"));
    for (const { command } of await f.runner.processes(ID)) expect(command).not.toContain("hush");
    const ran = await f.runner.exec(ID, {
      command: ["sh", "-c", "cat /flotilla/www/index.txt; cat; exit 3"],
      stdin: "from stdin",
      timeoutMs: 10_000,
    });
    expect(ran).toEqual({
      exit_code: 3,
      exit_signal: 0,
      stdout: "hello from the image\nfrom stdin",
      stderr: "",
    });
    await f.runner.stop(ID, { signal: "SIGTERM", timeoutMs: 5_000 });
    await expect(fetch("http://127.1.9.1:8080/")).rejects.toThrow();
    expect(f.exits).toEqual([]);
  });

  test("has its files as they were given: translated, from secrets, with their mode", async ({
    expect,
  }) => {
    const f = fixture();
    const binary = Buffer.from([0xff, 0xfe, 0x00, 0x5b, 0x3a, 0x3a, 0x5d]);
    await f.start(
      f.guest(
        {
          files: [
            main("sleep 60\n"),
            file("/flotilla/etc/a.conf", "listen [::]:1 in /flotilla/data\n"),
            { guest_path: "/flotilla/etc/blob", raw_value: binary.toString("base64") },
            { guest_path: "/flotilla/etc/tls/key.pem", secret_name: "KEY", mode: 0o600 },
            file("/flotilla/www/extra.txt", "extra"),
          ],
        },
        { secrets: { KEY: Buffer.from("-----KEY 127.0.0.1-----\n").toString("base64") } },
      ),
    );
    const read = (path: string): Buffer => readFileSync(join(f.root, path));
    expect(read("etc/a.conf").toString()).toBe(`listen 127.1.9.1:1 in ${f.root}/data\n`);
    expect(read("etc/blob")).toEqual(binary);
    expect(read("etc/tls/key.pem").toString()).toBe("-----KEY 127.0.0.1-----\n");
    expect(statSync(join(f.root, "etc/tls/key.pem")).mode & 0o777).toBe(0o600);
    expect(statSync(join(f.root, "etc/a.conf")).mode & 0o777).toBe(0o644);
    // A file in a folder of the image lands in this Machine, not in the image.
    expect(read("www/extra.txt").toString()).toBe("extra");
    expect(read("www/index.txt").toString()).toBe("hello from the image\n");
    expect(() => statSync(join(IMAGE, "www", "extra.txt"))).toThrow("ENOENT");
  });

  test("starts from a fresh root, and from its volume as it was", async ({ expect }) => {
    const f = fixture();
    const guest = f.guest({
      files: [
        main("echo 1 >> /flotilla/data/boots; echo 1 >> /flotilla/tmp/boots; exec sleep 60\n"),
      ],
      mounts: [{ volume: "vol_1", path: "/flotilla/data" }],
    });
    const lines = (path: string): number => readFileSync(path, "utf8").split("\n").length - 1;
    for (const boot of [1, 2]) {
      await f.start(guest);
      await vi.waitFor(() => expect(lines(join(f.root, "tmp", "boots"))).toBe(1));
      expect(lines(join(f.dir, "volumes", "vol_1", "boots"))).toBe(boot);
      await f.runner.stop(ID, { signal: "SIGTERM", timeoutMs: 5_000 });
    }
    await f.runner.remove(ID);
    expect(() => statSync(f.root)).toThrow("ENOENT");
    expect(lines(join(f.dir, "volumes", "vol_1", "boots"))).toBe(2);
    await f.runner.removeVolume("vol_1");
    expect(() => statSync(join(f.dir, "volumes", "vol_1"))).toThrow("ENOENT");
  });

  test("leaves no grandchild behind, not even one with a session of its own", async ({
    expect,
  }) => {
    const f = fixture();
    const script =
      "setsid sh -c 'trap \"\" TERM; sleep 60 & wait' &\nsetsid sleep 61 &\necho up\nwait\n";
    await f.start(f.guest({ files: [main(script)] }));
    await vi.waitFor(() => expect(processesOf([ID]).length).toBeGreaterThanOrEqual(4));
    await f.runner.stop(ID, { signal: "SIGTERM", timeoutMs: 5_000 });
    expect(processesOf([ID])).toEqual([]);
    // Killed from outside: the leader is gone, its children are swept all the same.
    await f.start(f.guest({ files: [main(script)] }));
    await vi.waitFor(() => expect(processesOf([ID]).length).toBeGreaterThanOrEqual(4));
    expect(f.runner.signal(ID, "SIGKILL")).toBe(true);
    await vi.waitFor(() => expect(f.exits).toHaveLength(1), { timeout: 10_000 });
    expect(f.exits).toEqual([{ exitCode: 137, signal: 9, requested: false }]);
    expect(processesOf([ID])).toEqual([]);
  });

  test("reports its exit code, and is killed when it ignores the signal", async ({ expect }) => {
    const f = fixture();
    await f.start(f.guest({ files: [main("exit 7\n")] }));
    await vi.waitFor(() =>
      expect(f.exits).toEqual([{ exitCode: 7, signal: -1, requested: false }]),
    );
    await f.start(
      f.guest({ files: [main("trap '' TERM\necho deaf\nwhile :; do sleep 1; done\n")] }),
    );
    await vi.waitFor(() => expect(f.log()).toContain("deaf"));
    const exit = await f.runner.stop(ID, { signal: "SIGTERM", timeoutMs: 100 });
    expect(exit).toEqual({ exitCode: 137, signal: 9, requested: true });
    expect(f.exits).toHaveLength(1);
  });

  test("is killed soon when all its children have ended, but may finish its own work", async ({
    expect,
  }) => {
    const f = fixture();
    // As Process Compose does when it misses the end of its last process.
    const lingering =
      "trap : TERM\nsleep 60 &\necho up\nwait\nkill $!\nwhile :; do read -r _ || :; done < /flotilla/fifo\n";
    await f.start(f.guest({ files: [main(`mkfifo /flotilla/fifo\n${lingering}`)] }));
    await vi.waitFor(() => expect(f.log()).toContain("up"));
    const exit = await f.runner.stop(ID, { signal: "SIGTERM", timeoutMs: 60_000 });
    expect(exit).toEqual({ exitCode: 137, signal: 9, requested: true });
    const busy =
      'process.on("SIGTERM", () => setTimeout(() => process.exit(5), 2_000)); console.log("alone"); setInterval(() => {}, 1_000);';
    await f.start(f.guest({ init: { exec: ["node", "-e", busy] } }));
    await vi.waitFor(() => expect(f.log()).toContain("alone"));
    const own = await f.runner.stop(ID, { signal: "SIGTERM", timeoutMs: 60_000 });
    expect(own).toEqual({ exitCode: 5, signal: -1, requested: true });
  });

  test("that was left behind by a killed cloud is ended by the next one", async ({ expect }) => {
    const f = fixture();
    await f.start(f.guest({ files: [main("sleep 60 &\nwait\n")] }));
    await vi.waitFor(() => expect(processesOf([ID])).toHaveLength(2));
    const next = createProcessRunner({ dir: f.dir, image: IMAGE, binaries: {} });
    await next.recover([ID]);
    expect(processesOf([ID])).toEqual([]);
  });

  test("follows `init` where the configuration has one", async ({ expect }) => {
    const f = fixture();
    await f.start(
      f.guest({ init: { exec: ["sh", "-c", "echo from $0; sleep 60", "/flotilla/x"] } }),
    );
    await vi.waitFor(() => expect(f.log()).toBe(`from ${f.root}/x\n`));
  });
});

describe("a process Machine says why it can't be", () => {
  test.for([
    [
      "a file outside its root",
      { files: [file("/etc/passwd", "x")] },
      "file /etc/passwd: the local cloud writes below /flotilla only",
    ],
    [
      "a way out of its root",
      { files: [file("/flotilla/../x", "x")] },
      "writes below /flotilla only",
    ],
    [
      "a secret that isn't set",
      { files: [{ guest_path: "/flotilla/etc/k", secret_name: "KEY" }] },
      "the app has no secret KEY",
    ],
    [
      "a volume elsewhere",
      { mounts: [{ volume: "v", path: "/data" }] },
      "mounted at /flotilla/data only",
    ],
    ["a command that isn't there", { init: { exec: ["/flotilla/bin/no"] } }, "can't be run"],
  ] as const)("%s", async ([, config, message], { expect }) => {
    const f = fixture();
    await expect(f.start(f.guest(config))).rejects.toThrow(message);
    expect(processesOf([ID])).toEqual([]);
  });

  test("an image without a bin folder", async ({ expect }) => {
    const dir = scratchFolder();
    mkdirSync(join(dir, "www"));
    writeFileSync(join(dir, "www", "x"), "");
    const f = fixture();
    const runner = createProcessRunner({ dir: join(dir, "cloud"), image: dir, binaries: {} });
    const watcher = { onChecks: () => undefined, onExit: () => undefined };
    await expect(runner.start(f.guest({}), watcher)).rejects.toThrow(
      `the image has no folder ${dir}/bin`,
    );
  });
});

describe("a volume", () => {
  test("is copied as it is now, and without data is an empty one", async ({ expect }) => {
    const { dir, runner } = fixture();
    const at = (volume: string): string => join(dir, "volumes", volume);
    mkdirSync(join(at("vol_a"), "pb"), { recursive: true });
    writeFileSync(join(at("vol_a"), "pb", "data.db"), "one");
    await runner.copyVolume("vol_a", "vol_b");
    writeFileSync(join(at("vol_a"), "pb", "data.db"), "two");
    expect(readFileSync(join(at("vol_b"), "pb", "data.db"), "utf8")).toBe("one");
    await runner.copyVolume("vol_none", "vol_c");
    await runner.removeVolume("vol_b");
    expect(() => statSync(at("vol_b"))).toThrow("ENOENT");
  });
});
