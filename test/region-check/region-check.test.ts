import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "vitest";
import { planJobs } from "../../region-check/distinct-files.ts";
import { regionFiles } from "./region-files.ts";
import type { RegionFiles } from "./region-files.ts";
import { scratchFolder } from "../toolchain/scratch.ts";

const script = join(import.meta.dirname, "../../region-check/entry.ts");

async function startCheck(input: string) {
  const folder = await scratchFolder();
  const child = spawn(process.execPath, [script], { env: { ...process.env, TMPDIR: folder } });
  const run = { child, folder, output: "", ended: once(child, "exit") };
  child.stdout.on("data", (chunk: Buffer) => (run.output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (run.output += chunk.toString()));
  child.stdin.end(input);
  return run;
}

/** Runs the check; `left` is what it left in the temporary folder. */
async function check(input: RegionFiles | string) {
  const run = await startCheck(typeof input === "string" ? input : JSON.stringify(input));
  await run.ended;
  return { code: run.child.exitCode, output: run.output, left: await readdir(run.folder) };
}

/** The sample region with one text of iad-1's changed. */
function broken(file: string, from: string, to: string): RegionFiles {
  const region = regionFiles();
  const files = region.hosts["iad-1"] ?? {};
  const path = `/flotilla/etc/${file}`;
  const text = files[path] ?? "";
  if (!text.includes(from)) throw new Error(`${file} doesn't contain ${from}`);
  files[path] = text.replace(from, to);
  return region;
}

test("a good region passes, each distinct file once", async ({ expect }) => {
  const { code, output, left } = await check(regionFiles());
  expect(output.trimEnd().split("\n")).toEqual([
    "ok     iad-0, iad-1  /flotilla/etc/caddy.json  caddy validate",
    "ok     iad-0  /flotilla/etc/nats.conf  nats-server -t and start",
    "ok     iad-1  /flotilla/etc/nats.conf  nats-server -t and start",
    "ok     iad-0  /flotilla/etc/process-compose.yaml  process-compose dry run",
    "ok     iad-1  /flotilla/etc/process-compose.yaml  process-compose dry run",
  ]);
  expect(code).toBe(0);
  expect(left).toEqual([]);
});

test.for([
  ["caddy.json", '"policy":"first"', '"policy":"frist"', "frist"],
  ["caddy.json", "origin.key", "missing.key", "/flotilla/etc/tls/missing.key: no such file"],
  ["nats.conf", "system_account: SYS", "system_acount: SYS", 'unknown field "system_acount"'],
  ["nats.conf", "$NATS_SYS_PUBLIC", "$NATS_OTHER", "NATS_OTHER"],
  ["process-compose.yaml", "nats: {condition", "nast: {condition", "nast"],
  ["process-compose.yaml", "DISABLED_WORKER_0", "DISABLED_WORKER_1", "${DISABLED_WORKER_1}"],
] as const)("%s with %j → %j is refused with the tool's own words", async (row, { expect }) => {
  const [file, from, to, words] = row;
  const { code, output, left } = await check(broken(file, from, to));
  expect(output).toContain(`error  iad-1  /flotilla/etc/${file}`);
  expect(output).toContain(words);
  expect(output.match(/^error/gm)).toHaveLength(1);
  expect(output.match(/^ok/gm)?.length).toBeGreaterThanOrEqual(4);
  expect(code).toBe(1);
  expect(left).toEqual([]);
});

test("what only a start of NATS finds is found", async ({ expect }) => {
  const grace = ['lame_duck_grace_period: "5s"', 'lame_duck_grace_period: "31s"'] as const;
  const { code, output } = await check(broken("nats.conf", ...grace));
  expect(output).toContain("error  iad-1  /flotilla/etc/nats.conf  nats-server -t and start");
  expect(output).toMatch(/lame duck grace period.*should be strictly lower/i);
  expect(code).toBe(1);
});

test("input that isn't as agreed is one sentence", async ({ expect }) => {
  expect(await check("{")).toMatchObject({
    code: 2,
    output: "check of the rendered files: The input isn't JSON.\n",
  });
  const outside = { ...regionFiles(), hosts: { "iad-0": { "/flotilla/../etc/passwd": "" } } };
  expect(await check(outside)).toMatchObject({
    code: 2,
    output:
      'check of the rendered files: `hosts["iad-0"]` has a file outside /flotilla: /flotilla/../etc/passwd.\n',
  });
});

test("stopped in the middle it ends its programs and removes its folder", async ({ expect }) => {
  const region = regionFiles();
  // Enough files that it is certainly in the middle of something.
  const many = Array.from({ length: 40 }, (_, i): [string, Record<string, string>] => [
    `iad-${i}`,
    Object.fromEntries(
      Object.entries(region.hosts["iad-0"] ?? {}).map(([path, text]) => [
        path,
        `${text}\n# ${i}\n`,
      ]),
    ),
  ]);
  const run = await startCheck(JSON.stringify({ ...region, hosts: Object.fromEntries(many) }));
  await expect
    .poll(async () => programsUnder(run.folder), { timeout: 10_000, interval: 5 })
    .not.toEqual([]);
  run.child.kill("SIGTERM");
  await run.ended;
  expect(run.child.exitCode).toBe(1);
  expect(run.output).toBe("check of the rendered files: stopped by SIGTERM\n");
  expect(await programsUnder(run.folder)).toEqual([]);
  expect(await readdir(run.folder)).toEqual([]);
});

/** Command lines of living processes that mention the folder. */
async function programsUnder(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (line.includes(folder)) found.push(line.replaceAll("\0", " "));
  }
  return found;
}

test("files that differ between hosts are separate jobs, equal ones are one", ({ expect }) => {
  const jobs = planJobs({ ...regionFiles(), region: "iad" });
  expect(jobs.map((job) => [job.checker, job.hosts])).toEqual([
    ["caddy", ["iad-0", "iad-1"]],
    ["nats", ["iad-0"]],
    ["nats", ["iad-1"]],
    ["process-compose", ["iad-0"]],
    ["process-compose", ["iad-1"]],
  ]);
});
