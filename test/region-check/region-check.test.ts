import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { test } from "vitest";
import { compile } from "../../compiler/compile.ts";
import type { RegionDesired } from "../../compiler/compile.ts";
import { checkCommand } from "../../region-check/command.ts";
import { parseCheckInput } from "../../region-check/check-input.ts";
import { distinctFiles } from "../../region-check/distinct-files.ts";
import { root } from "../../fixtures/project-root.ts";
import { sampleSpecs } from "../../fixtures/sample-specs.ts";
import { regionOf } from "../kit/compiled.ts";
import { scratchFolder } from "../kit/scratch-folder.ts";

type Check = RegionDesired["check"];

/** What the compiler renders for the check of the sample's region `iad`: a data host and a host without data. */
const iad: Check = regionOf(compile(sampleSpecs(), { stack: "iad" })).check;

/** Starts the check as Pulumi does: by the command and the stdin that the component gives it. */
function startCheck({ create, stdin }: ReturnType<typeof checkCommand>) {
  const folder = scratchFolder();
  const env = { ...process.env, TMPDIR: folder };
  const child = spawn("sh", ["-c", `exec ${create}`], { cwd: root, env });
  const run = { child, folder, output: "", ended: once(child, "close") };
  child.stdout.on("data", (chunk: Buffer) => (run.output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (run.output += chunk.toString()));
  child.stdin.end(stdin);
  return run;
}

/** Runs the check; `left` is what it left in the temporary folder. */
async function runCheck(check: Check, stdin = checkCommand(check).stdin) {
  const started = startCheck({ ...checkCommand(check), stdin });
  await started.ended;
  const left = await readdir(started.folder);
  return { code: started.child.exitCode, output: started.output, left };
}

/** The region with one text of iad-1 changed. */
function broken(file: string, from: string, to: string): Check {
  const path = `/flotilla/etc/${file}`;
  const texts = iad.hosts["iad-1"];
  const text = texts?.[path];
  if (!text?.includes(from)) throw new Error(`${file} doesn't contain ${from}`);
  return {
    ...iad,
    hosts: { ...iad.hosts, "iad-1": { ...texts, [path]: text.replace(from, () => to) } },
  };
}

test("a compiled region passes, each distinct file once", async ({ expect }) => {
  const { code, output, left } = await runCheck(iad);
  expect(output.trimEnd().split("\n")).toEqual([
    "ok     iad-0, iad-1  /flotilla/etc/caddy.json  accepted by caddy",
    "ok     iad-0  /flotilla/etc/nats.conf  accepted by nats-server, which started with it",
    "ok     iad-1  /flotilla/etc/nats.conf  accepted by nats-server, which started with it",
    "ok     iad-0  /flotilla/etc/process-compose.yaml  accepted by process-compose",
    "ok     iad-1  /flotilla/etc/process-compose.yaml  accepted by process-compose",
  ]);
  expect(code).toBe(0);
  expect(left).toEqual([]);
});

test.for([
  ["caddy.json", '"policy": "first"', '"policy": "frist"', "frist"],
  ["caddy.json", "origin.key", "missing.key", "/flotilla/etc/tls/missing.key: no such file"],
  ["nats.conf", "system_account", "system_acount", 'unknown field "system_acount"'],
  ["nats.conf", "$NATS_SYS_PUBLIC", "$NATS_OTHER", "NATS_OTHER"],
  [
    "process-compose.yaml",
    '      nats:\n        condition: "',
    '      nast:\n        condition: "',
    "nast",
  ],
  ["process-compose.yaml", "{DISABLED_WORKER_0}", "{DISABLED_WORKER_9}", "${DISABLED_WORKER_9}"],
] as const)("%s with %j → %j is refused with the program's own words", async (row, { expect }) => {
  const [file, from, to, words] = row;
  const { code, output, left } = await runCheck(broken(file, from, to));
  expect(output).toContain(`error  iad-1  /flotilla/etc/${file}`);
  expect(output).toContain(words);
  expect(output).not.toMatch(/"level":"info"|\[INF\]/);
  expect(output.match(/^error/gm)).toHaveLength(1);
  expect(output.match(/^ok/gm)?.length).toBeGreaterThanOrEqual(4);
  expect(code).toBe(1);
  expect(left).toEqual([]);
});

test("what only a start of NATS refuses is found", async ({ expect }) => {
  const grace = ['lame_duck_grace_period: "5s"', 'lame_duck_grace_period: "31s"'] as const;
  const { code, output } = await runCheck(broken("nats.conf", ...grace));
  expect(output).toContain(
    "error  iad-1  /flotilla/etc/nats.conf  refused by nats-server at its start",
  );
  expect(output).toMatch(/lame duck grace period.*should be strictly lower/i);
  expect(code).toBe(1);
});

test("a slot's switch counts as set only if the compiler renders it into the check", async ({
  expect,
}) => {
  // The Machine has FLOTILLA_SLOTS; the check doesn't, and must not make switches of it.
  const { code, output } = await runCheck({ ...iad, env: { FLOTILLA_SLOTS: "worker=4" } });
  expect(output).toContain(
    "error  iad-0  /flotilla/etc/process-compose.yaml  process-compose would read variables that nothing sets as empty",
  );
  expect(output).toContain("${DISABLED_WORKER_0}");
  expect(code).toBe(1);
});

test.for([
  ["text that isn't JSON", "{", "the input is not JSON"],
  ["a missing field", { ...iad, checkers: undefined }, "→ at checkers"],
  ["an unknown field", { ...iad, region: "iad" }, 'Unrecognized key: "region"'],
  [
    "a program that the toolchain doesn't have",
    { ...iad, checkers: { "/flotilla/etc/nats.conf": { program: "rm", args: [] } } },
    '→ at checkers["/flotilla/etc/nats.conf"].program',
  ],
  [
    "a file outside /flotilla",
    { ...iad, hosts: { "iad-0": { "/flotilla/../etc/passwd": "" } } },
    '→ at hosts["iad-0"]["/flotilla/../etc/passwd"]',
  ],
] as const)("%s in the input is refused by name", ([, input, words], { expect }) => {
  const stdin = typeof input === "string" ? input : JSON.stringify(input);
  expect(() => parseCheckInput(stdin)).toThrow(words);
});

test("a wrong input ends the check with exit code 2 before any program runs", async ({
  expect,
}) => {
  const { code, output, left } = await runCheck(iad, "{");
  expect(output).toBe("check of the rendered files failed: the input is not JSON\n");
  expect([code, left]).toEqual([2, []]);
});

test("stopped in the middle, it ends its programs and removes its folder", async ({ expect }) => {
  // Enough files that it is certainly in the middle of something.
  const many = Array.from({ length: 40 }, (_, i): [string, Record<string, string>] => [
    `iad-${i}`,
    Object.fromEntries(
      Object.entries(iad.hosts["iad-0"] ?? {}).map(([path, text]) => [path, `${text}\n# ${i}\n`]),
    ),
  ]);
  const started = startCheck(checkCommand({ ...iad, hosts: Object.fromEntries(many) }));
  await expect
    .poll(async () => programsUnder(started.folder), { timeout: 10_000, interval: 5 })
    .not.toEqual([]);
  started.child.kill("SIGTERM");
  await started.ended;
  expect(started.child.exitCode).toBe(1);
  expect(started.output).toBe("check of the rendered files failed: stopped by SIGTERM\n");
  expect(await programsUnder(started.folder)).toEqual([]);
  expect(await readdir(started.folder)).toEqual([]);
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

test("a text that several hosts have is one file to check", ({ expect }) => {
  const files = distinctFiles(parseCheckInput(checkCommand(iad).stdin));
  expect(files.map(({ path, checker, hosts }) => [path, checker.program, hosts])).toEqual([
    ["/flotilla/etc/caddy.json", "caddy", ["iad-0", "iad-1"]],
    ["/flotilla/etc/nats.conf", "nats-server", ["iad-0"]],
    ["/flotilla/etc/nats.conf", "nats-server", ["iad-1"]],
    ["/flotilla/etc/process-compose.yaml", "process-compose", ["iad-0"]],
    ["/flotilla/etc/process-compose.yaml", "process-compose", ["iad-1"]],
  ]);
});

test("a file that no program reads isn't checked", ({ expect }) => {
  const { "/flotilla/etc/caddy.json": _, ...checkers } = iad.checkers;
  const files = distinctFiles(parseCheckInput(checkCommand({ ...iad, checkers }).stdin));
  expect(files.filter(({ path }) => path.endsWith("caddy.json"))).toEqual([]);
});
