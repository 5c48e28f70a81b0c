/** The controller as its operator meets it: where it listens, who may talk to it, and the command line around it. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { bearer } from "../../fixtures/bearer.ts";
import { startController } from "../../controller/index.ts";
import type { Burst, Status } from "../../controller/index.ts";
import { openSqlite } from "../../controller/store/sqlite-store.ts";
import { STORE_FILE } from "../../controller/store/sqlite-store.ts";
import { openCa } from "../../local/cloudflare/ca.ts";
import { root } from "../../fixtures/project-root.ts";
import { toolPath } from "../kit/tool-path.ts";
import { startSocketCloud } from "../providers/fly/cloud.ts";
import { copySampleSpecs } from "./desk.ts";
import { scratchFolder } from "../kit/scratch-folder.ts";

type Options = Parameters<typeof startController>[0];
type Running = Awaited<ReturnType<typeof startController>>;

/** A state folder whose controller runs nothing: what is due waits for the end of a pause. */
async function pausedState(): Promise<string> {
  const dir = scratchFolder();
  const store = openSqlite(join(dir, STORE_FILE));
  const [from, until] = [Date.now(), Date.now() + 3_600_000].map((at) =>
    new Date(at).toISOString(),
  );
  const pause = { id: "p-test", what: "all", author: "test", reason: "no runs here" } as const;
  await store.commit([{ put: "pause", pause: { ...pause, from: from ?? "", until: until ?? "" } }]);
  store.close();
  return dir;
}

async function optionsFor(more: Partial<Options> = {}): Promise<Options> {
  const { env } = await startSocketCloud();
  return {
    stateDir: more.stateDir ?? (await pausedState()),
    specs: { kind: "folder", folder: await copySampleSpecs() },
    listen: "127.0.0.1:0",
    projectDir: root,
    pulumi: await toolPath("pulumi"),
    env,
    log: pino({ level: "silent" }),
    ...more,
  };
}

/** Ends with the test, if not before. */
async function start(options: Options): Promise<Running> {
  const running = await startController(options);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => (closing ??= running.close());
  onTestFinished(close);
  return { ...running, close };
}

async function flotilla(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [join(root, "clients/cli/flotilla.ts"), ...args],
    { cwd: root, env: { FLOTILLA_CONTROLLER: "", FLOTILLA_TOKEN: "", ...env }, reject: false },
  );
  return { exitCode, stdout, stderr };
}

describe("where it listens", () => {
  async function certificate(): Promise<{ ca: string; cert: string; key: string }> {
    const dir = scratchFolder();
    const ca = await openCa(dir);
    const issued = await ca.issue(["controller.example.com"]);
    const [cert, key] = [join(dir, "cert.pem"), join(dir, "key.pem")];
    await writeFile(cert, issued.certificate);
    await writeFile(key, issued.key, { mode: 0o600 });
    return { ca: ca.root, cert, key };
  }

  test.each(["127.0.0.1", "0.0.0.0", "[::]"])(
    "with a certificate it serves https, and nothing else, on %s",
    async (host) => {
      const { ca, cert, key } = await certificate();
      const tls = { cert, key };
      const { url } = await start(await optionsFor({ listen: `${host}:0`, tls }));
      const { port } = new URL(url);
      expect(url).toBe(`https://${host}:${port}`);
      const at = host === "[::]" ? "::1" : "127.0.0.1";
      const names = { host: at, servername: "controller.example.com", ca, agent: false };
      const [answer] = (await once(get({ ...names, port, path: "/healthz" }), "response")) as [
        IncomingMessage,
      ];
      expect(answer.statusCode).toBe(200);
      answer.resume();
      const plain = `http://${at === "::1" ? "[::1]" : at}:${port}/healthz`;
      await expect(fetch(plain)).rejects.toThrow("fetch failed");
    },
  );

  test.each(["0.0.0.0:0", "[::]:0", "192.168.1.5:0", "[fd00::2]:0"])(
    "without one it doesn't serve on %s, and says what to do",
    async (listen) => {
      const stateDir = join(scratchFolder(), "state");
      await expect(startController(await optionsFor({ listen, stateDir }))).rejects.toThrow(
        `--listen ${listen} can be reached from other machines`,
      );
      await expect(stat(stateDir)).rejects.toThrow("ENOENT");
    },
  );

  test("IPv6's loopback is one, with brackets in its URL", async () => {
    const { url } = await start(await optionsFor({ listen: "[::1]:0" }));
    expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test("what can't be had is the operator's to mend: a port in use, files that are no certificate", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const options = await optionsFor({ listen: `127.0.0.1:${port}` });
    await expect(startController(options)).rejects.toMatchObject({
      exitCode: 2,
      message: `listen EADDRINUSE: address already in use 127.0.0.1:${port}: name another address and port with --listen`,
    });
    const { cert, key } = await certificate();
    const other = await certificate();
    for (const tls of [
      { cert: `${cert}.none`, key },
      { cert: key, key },
      { cert, key: other.key },
    ])
      await expect(startController({ ...options, tls })).rejects.toMatchObject({
        exitCode: 2,
        message: expect.stringContaining(
          `--tls-cert ${tls.cert} and --tls-key ${tls.key} aren't a certificate and its key`,
        ) as unknown,
      });
  });
});

/** A controller that serves, and the command line as its admin. */
async function serveAdmin(): Promise<{
  readonly options: Options;
  readonly running: Running;
  readonly url: string;
  readonly secret: string;
  /** A command that must succeed. */
  readonly cli: (...args: string[]) => Promise<string>;
  /** The same on the state folder. */
  readonly beside: (...args: string[]) => Promise<string>;
  readonly refused: (...args: string[]) => Promise<string>;
  readonly call: (method: string, path: string, body?: object) => Promise<Response>;
}> {
  const options = await optionsFor();
  const running = await start(options);
  const { url } = running;
  const secret = (await readFile(join(options.stateDir, "admin-token"), "utf8")).trim();
  const env = { FLOTILLA_CONTROLLER: url, FLOTILLA_TOKEN: secret };
  const cli = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await flotilla(args, env);
    expect({ args, exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({
      args,
      exitCode: 0,
      stderr: "",
    });
    return stdout;
  };
  return {
    options,
    running,
    url,
    secret,
    cli,
    beside: async (...args) => cli(...args, "--state", options.stateDir),
    refused: async (...args) => {
      const { exitCode, stderr } = await flotilla(args, env);
      expect({ args, exitCode }).toEqual({ args, exitCode: 2 });
      return stderr;
    },
    call: async (method, path, body) =>
      fetch(`${url}${path}`, {
        method,
        headers: { ...bearer(secret), "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

test("the first start makes an admin whose token only its owner can read, the second makes none", async () => {
  const { options, running, beside, call } = await serveAdmin();
  const file = join(options.stateDir, "admin-token");
  expect(running.adminTokenFile).toBe(file);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await call("POST", "/v1/reconcile", { reason: "may I" })).status).toBe(202);
  const first = await readFile(file, "utf8");
  await running.close();

  const again = await start(options);
  expect(again.adminTokenFile).toBeUndefined();
  expect(await readFile(file, "utf8")).toBe(first);
  const { tokens } = JSON.parse(await beside("controller", "token", "list", "--json")) as {
    tokens: object[];
  };
  expect(tokens).toMatchObject([{ name: "admin", role: "admin" }]);
});

test("a second controller on the same folder doesn't start and names the first, until that has ended", async () => {
  const { options, running, url } = await serveAdmin();
  const { exitCode, stderr } = await flotilla(
    ["controller", "serve", "--listen=127.0.0.1:0", `--state=${options.stateDir}`],
    options.env,
  );
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr: `another controller runs on ${options.stateDir}: one fleet has one controller. Stop that one first, or name another folder with --state (process ${process.pid}, at ${url})`,
  });
  await running.close();
  const next = await start(options);
  expect((await fetch(`${next.url}/healthz`)).status).toBe(200);
});

test("a token made beside a running controller is shown once, holds at once, and no more once it is revoked", async () => {
  const { options, url, beside, secret: admin } = await serveAdmin();
  const made = await beside("controller", "token", "create", "ann", "--role=operator");
  expect(made).toMatch(/^flotilla-operator-[\w-]{43}$/);
  const ask = async (): Promise<number> => {
    const headers = bearer(made);
    return (await fetch(`${url}/v1/status`, { headers })).status;
  };
  expect(await ask()).toBe(200);

  const texts = await Promise.all([
    beside("controller", "token", "list"),
    beside("controller", "token", "list", "--json"),
  ]);
  const { tokens } = JSON.parse(texts[1]) as { tokens: { id: string; name: string }[] };
  const id = tokens.find(({ name }) => name === "ann")?.id ?? "";
  expect(texts[0]).toMatch(new RegExp(`^${id} +ann +operator `, "m"));
  for (const secret of [made, admin])
    for (const text of texts) expect(text).not.toContain(secret.split("-").at(-1));

  expect(await beside("controller", "token", "revoke", id)).toBe(
    "the token of ann (operator) is revoked",
  );
  expect(await ask()).toBe(401);
  const [listed, unknown] = await Promise.all([
    beside("controller", "token", "list"),
    flotilla(["controller", "token", "revoke", "t-none", `--state=${options.stateDir}`]),
  ]);
  expect(listed).toMatch(new RegExp(`^${id} +ann +operator +\\S+Z +\\S+Z`, "m"));
  expect(unknown.exitCode).toBe(2);
  expect(unknown.stderr).toContain(`there is no token t-none; known tokens: `);
});

test("a backup made while the controller writes is a whole store as of one moment", async () => {
  const { options, beside, call, secret } = await serveAdmin();
  const target = join(scratchFolder(), "backup.sqlite");
  const body = { service: "caddy", region: "iad", to: 3, for: "1h", reason: "load" };
  const burst = async (): Promise<string> => {
    const answer = await call("POST", "/v1/bursts", body);
    expect(answer.status).toBe(201);
    return ((await answer.json()) as Burst).id;
  };
  const before = [await burst(), await burst()];
  const during: string[] = [];
  const copied = new AbortController();
  const [said] = await Promise.all([
    beside("controller", "backup", target).finally(() => copied.abort()),
    (async () => {
      while (!copied.signal.aborted) during.push(await burst());
    })(),
  ]);
  expect(said).toBe(`the store is copied to ${target}`);
  expect(during.length).toBeGreaterThan(2);
  expect((await stat(target)).mode & 0o777).toBe(0o600);
  expect((await readFile(target)).includes(secret)).toBe(false);

  const live = openSqlite(join(options.stateDir, STORE_FILE));
  const copy = openSqlite(target);
  onTestFinished(() => {
    live.close();
    copy.close();
  });
  const page = { after: 0, limit: 10_000 };
  const [bursts, all] = [await copy.openBursts(), await live.openBursts()];
  expect(bursts).toEqual(all.slice(0, bursts.length));
  expect(bursts.map(({ id }) => id)).toEqual(expect.arrayContaining(before));
  const [audit, wholeAudit] = [await copy.audit(page), await live.audit(page)];
  expect(audit).toEqual(wholeAudit.slice(0, audit.length));
  const audited = audit.filter(({ action }) => action === "burst.start");
  expect(audited.map(({ target: id }) => id)).toEqual(bursts.map(({ id }) => id));

  const again = await flotilla(["controller", "backup", target, `--state=${options.stateDir}`]);
  expect(again).toEqual({
    exitCode: 2,
    stdout: "",
    stderr: `${target} exists: a backup overwrites no file`,
  });
});

test("scale set shows a change of a plain folder first, then writes it there", async () => {
  const { options, cli, refused } = await serveAdmin();
  const folder = options.specs.kind === "folder" ? options.specs.folder : "";
  const held = join(folder, "services/caddy.yaml");
  const text = await readFile(held, "utf8");
  const file = join(scratchFolder(), "caddy.yaml");
  await writeFile(file, text);
  const [same, nothing] = await Promise.all([
    cli("scale", "show", "--file", file),
    cli("scale", "set", "--file", file),
  ]);
  expect(same).toMatch(/caddy\.yaml equals the applied services\/caddy\.yaml at [0-9a-f]{12}$/);
  expect(nothing).toBe(`nothing to change: caddy already equals ${file}`);

  const more = text.replace("fra: { replicas: 1 }", "fra: { replicas: 2, max: 2 }");
  await writeFile(file, more);
  const [shown, dry] = await Promise.all([
    cli("scale", "show", "--file", file),
    cli("scale", "set", "--file", file, "--dry-run", "--reason=try"),
  ]);
  expect(shown).toContain("fra-1");
  expect(dry).toContain("+  fra: { replicas: 2, max: 2 }");
  expect(dry).toContain("dry run: nothing is stored");
  expect(await readFile(held, "utf8")).toBe(text);
  const set = await cli("scale", "set", "--file", file, "--reason=more for fra");
  expect(set).toMatch(/accepted as [0-9a-f]{12}; `flotilla status` shows its rollout$/);
  expect(await readFile(held, "utf8")).toBe(more);
  expect(await cli("scale", "show")).toMatch(/^caddy +fra +2 +2–2 +2 /m);

  await writeFile(file, more.replace("max: 2", "max: 1"));
  expect(await refused("scale", "set", "--file", file)).toContain("E304");
  expect(await readFile(held, "utf8")).toBe(more);
});

test("a burst and a pause begin, show in the status, and end by the command line", async () => {
  const { cli, refused } = await serveAdmin();
  const status = async (): Promise<Status> => JSON.parse(await cli("status", "--json")) as Status;
  expect(await refused("scale", "burst", "caddy", "--region=iad", "--to=9", "--for=5m")).toContain(
    "9 is above max 4 of caddy in iad",
  );
  const said = await cli(
    ..."scale burst caddy --region=iad --to=4 --for=5m --reason=launch".split(" "),
  );
  const [, burst = ""] = /^burst (b-\w+): caddy in iad to 4 until \S+;/m.exec(said) ?? [];
  expect(said).toContain("each additional replica of caddy adds a host");
  const held = await cli(..."pause start repair --region=fra --for=1h --reason=move".split(" "));
  const [, pause = ""] = /^pause (p-\w+) of repair until \S+;/m.exec(held) ?? [];

  const [during, shown, services, inJson] = await Promise.all([
    status(),
    cli("status"),
    cli("scale", "show"),
    cli("scale", "show", "--json"),
  ]);
  expect(during.bursts).toMatchObject([{ id: burst, author: "admin", reason: "launch", to: 4 }]);
  expect(during.pauses).toMatchObject([{ id: "p-test" }, { id: pause, region: "fra" }]);
  expect(during.stacks.map(({ state }) => state)).toContain("paused");
  expect(shown).toMatch(new RegExp(`^burst ${burst} +caddy in iad to 4 `, "m"));
  expect(shown).toMatch(new RegExp(`^pause ${pause} +repair fra +until .* admin: move$`, "m"));
  expect(services).toMatch(/^caddy +iad +2 +1–4 +4 .*admin: launch/m);
  const caddy = (JSON.parse(inJson) as Status["services"]).find(({ name }) => name === "caddy");
  expect(caddy?.regions).toContainEqual(
    expect.objectContaining({ region: "iad", replicas: 2, effective: 4 }),
  );

  expect(await cli("scale", "end", burst)).toBe(
    `burst ${burst} has ended: caddy in iad returns to the count without it`,
  );
  expect(await cli("pause", "end", pause)).toBe(`pause ${pause} has ended`);
  expect(await refused("scale", "end", burst)).toContain(`burst ${burst} ended at `);
  const after = await status();
  expect(after.bursts).toEqual([]);
  expect(after.pauses).toMatchObject([{ id: "p-test" }]);
});

test("a token that isn't the controller's, or none, is one sentence", async () => {
  const { url } = await serveAdmin();
  const none = await flotilla(["status"], { FLOTILLA_CONTROLLER: url });
  expect(none.exitCode).toBe(2);
  expect(none.stderr).toMatch(/^the controller needs a token: .*$/);
  const file = join(scratchFolder(), "token");
  await writeFile(file, "flotilla-admin-guess\n");
  const wrong = await flotilla(["status", "--controller", url, "--token-file", file]);
  expect(wrong.exitCode).toBe(2);
  expect(wrong.stderr.split("\n")).toHaveLength(1);
});
