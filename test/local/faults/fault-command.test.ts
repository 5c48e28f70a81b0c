/** `flotilla local fault` against a local cloud in its own process, as scripts use it. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { expect, onTestFinished, test } from "vitest";
import { scratchFolder } from "../../kit/scratch-folder.ts";
import { bearer } from "../../../fixtures/bearer.ts";
import { root } from "../../../fixtures/project-root.ts";
import { purgeCloud, spawnCloud, type CloudInfo } from "../../../local/index.ts";

const NODE = process.execPath;

async function start(): Promise<{
  info: CloudInfo;
  fault: (...args: readonly string[]) => Promise<{ code: number | undefined; out: string }>;
}> {
  const state = scratchFolder();
  const dir = join(state, "cloud");
  mkdirSync(dir);
  onTestFinished(async () => {
    await purgeCloud(dir);
  });
  const info = await spawnCloud({
    dir,
    mode: "simulated",
    portBase: 0,
    edgeRegions: [],
    image: join(import.meta.dirname, "../machines/image"),
    bin: { "process-compose": NODE, caddy: NODE, "nats-server": NODE, pocketbase: NODE },
    limits: false,
    untilStdinCloses: true,
  });
  return {
    info,
    async fault(...args) {
      const cli = join(root, "clients/cli/flotilla.ts");
      const command = [cli, "local", "fault", ...args, "--state", state];
      const { exitCode, stdout, stderr } = await execa(NODE, command, { cwd: root, reject: false });
      return { code: exitCode, out: stdout + stderr };
    },
  };
}

test("adds, lists and clears faults, and they strike", { timeout: 60_000 }, async () => {
  const { info, fault } = await start();
  const added = await fault("add", "quota", "--times", "1", "--path", "/apps$");
  expect(added).toEqual({
    code: 0,
    out: 'fault-1  {"preset":"quota","times":1,"path":"/apps$"}',
  });
  const headers = bearer(info.tokens.fly);
  const body = JSON.stringify({ name: "acme", org_slug: "personal" });
  const refused = await fetch(`${info.fly}/v1/apps`, { method: "POST", headers, body });
  expect(refused.status).toBe(403);
  const rule = '{"method":"GET","path":"/volumes$","when":"before","action":"reset"}';
  await fault("add", rule);
  const { out } = await fault("list");
  expect(out.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
    ["id", "fault", "method", "path", "applied"],
    ["fault-1", "quota", "POST", "/apps$", "1/1"],
    ["fault-2", 'before "reset"', "GET", "/volumes$", "0"],
  ]);
  expect((await fault("clear", "fault-1")).out).toBe("1 fault cleared");
  expect((await fault("clear", "fault-1")).code).toBe(2);
  const listed = await fault("list", "--json");
  expect(JSON.parse(listed.out)).toMatchObject({ faults: [{ id: "fault-2", hits: 0 }] });
  expect((await fault("clear")).out).toBe("1 fault cleared");
  const planned = await fault("add", "plan:3");
  expect(planned.out).toMatch(/^fault-3 {2}\{"preset":/);
});

test("says what is wrong with a fault that isn't one", { timeout: 60_000 }, async () => {
  const { fault } = await start();
  const unknown = await fault("add", "earthquake");
  expect([unknown.code, unknown.out]).toEqual([2, expect.stringContaining("create-stuck")]);
  const rule = await fault("add", '{"method":"GET"}');
  expect([rule.code, rule.out]).toEqual([2, expect.stringContaining("refuses")]);
  const broken = await fault("add", "{");
  expect([broken.code, broken.out]).toEqual([2, expect.stringContaining("isn't JSON")]);
});
