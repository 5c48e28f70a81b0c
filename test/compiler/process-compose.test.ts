import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { describe, onTestFinished, test } from "vitest";
import { parse, stringify } from "yaml";
import { compile } from "../../compiler/compile.ts";
import { edited, fileOf, regionOf, root, sampleSpecs } from "./sample.ts";
import { toolPath } from "./tool.ts";
import { until } from "./until.ts";

const path = "/flotilla/etc/process-compose.yaml";

interface Process {
  entrypoint: string[];
  environment: string[];
  is_disabled?: string;
  depends_on?: Record<string, { condition: string }>;
  shutdown: { timeout_seconds: number };
}

function processes(host: string): Record<string, Process> {
  const desired = regionOf(compile(sampleSpecs(), { stack: host.slice(0, 3) }));
  return (parse(fileOf(desired, host, path)) as { processes: Record<string, Process> }).processes;
}

describe("process-compose.yaml", () => {
  test("has every slot, each with its own port and switch", ({ expect }) => {
    const slots = Object.entries(processes("iad-1")).filter(([name]) => name.startsWith("worker"));
    expect(slots.map(([name, { is_disabled }]) => [name, is_disabled])).toEqual(
      [0, 1, 2, 3].map((slot) => [`worker-${slot}`, `\${DISABLED_WORKER_${slot}}`]),
    );
    expect(
      slots.map(([, { environment }]) => environment.find((line) => line.startsWith("PORT="))),
    ).toEqual([9100, 9101, 9102, 9103].map((port) => `PORT=${port}`));
  });

  test("waits only for what is on the host", ({ expect }) => {
    expect(processes("iad-0")["caddy"]?.depends_on).toEqual({
      nats: { condition: "process_healthy" },
      pocketbase: { condition: "process_healthy" },
    });
    expect(Object.keys(processes("iad-1")["caddy"]?.depends_on ?? {})).toEqual(["nats"]);
  });

  test("names the host's own servers, else the region's", ({ expect }) => {
    const urls = (host: string): string[] =>
      processes(host)["worker-0"]?.environment.filter((line) => /_URL=/.test(line)) ?? [];
    expect(urls("iad-0")).toEqual([
      "NATS_URL=nats://127.0.0.1:4222",
      "POCKETBASE_URL=http://127.0.0.1:8090",
    ]);
    expect(urls("iad-1")).toEqual([
      "NATS_URL=nats://127.0.0.1:4222",
      "POCKETBASE_URL=http://iad-0.host.kv._metadata.acme.internal:8090",
    ]);
  });

  test("hands a process what its spec says, whatever is in it", async ({ expect }) => {
    const environment = {
      DOLLAR: "$HOME ${HOME} $$ ${",
      TEMPLATE: '{{ .X }} {{ "{{" }} }}',
      EQUALS: "a=b=c",
      QUOTES: `'"`,
      BACKSLASHES: String.raw`\ \\ \\\ \n \" \$A \\$A \${A} \\`,
      UMLAUT: "ü 🚢 # no comment",
      SPACE: "  both ends  ",
    };
    const words = [
      String.raw`\$A\\`,
      "$A",
      "${B}",
      "$$",
      "{{ .C }}",
      "a b",
      "'\"\\",
      "#",
      "*",
      "on",
      "1_000",
      "~",
      "-",
    ];
    const command = ["node", "/flotilla/app/dump.mjs", ...words];
    const files = edited(
      edited(
        edited(
          sampleSpecs(),
          "specs/services/worker.yaml",
          "command: [node, /flotilla/app/worker.ts]",
          stringify({ command }).trimEnd(),
        ),
        "specs/services/worker.yaml",
        "environment: { QUEUE: jobs }",
        stringify({ environment }).trimEnd(),
      ),
      "specs/services/worker.yaml",
      "depends_on: [nats]\nreadiness_probe: { http: { port: http, path: /healthz } }\n",
      "",
    );
    const dumped = await runSlot(fileOf(regionOf(compile(files, { stack: "iad" })), "iad-0", path));
    expect(dumped.argv).toEqual(words);
    expect(dumped.env).toMatchObject({
      ...environment,
      FLOTILLA_SLOT: "worker-1",
      PORT_HTTP: "9101",
      BIND_ADDRESS: "::",
    });
    expect(dumped.env).toMatchObject({ API_KEY: "named" });
    expect(dumped.env).not.toHaveProperty("OTHER_SECRET");
  });
});

/** Runs slot 1 of the worker alone in a real Process Compose, under the image's `run`, and returns what it sees. */
async function runSlot(project: string): Promise<{ argv: string[]; env: Record<string, string> }> {
  const folder = await mkdtemp(join(tmpdir(), "flotilla-slot-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  await mkdir(join(folder, "app"));
  await cp(join(root, "image/bin/run"), join(folder, "bin/run"));
  await writeFile(
    join(folder, "app/dump.mjs"),
    `import { renameSync, writeFileSync } from "node:fs";
writeFileSync(${JSON.stringify(join(folder, "part.json"))}, JSON.stringify({ argv: process.argv.slice(2), env: process.env }));
renameSync(${JSON.stringify(join(folder, "part.json"))}, ${JSON.stringify(join(folder, "seen.json"))});
process.stdin.resume();
setInterval(() => {}, 1000);
`,
  );
  const { processes: all, ...rest } = parse(project) as { processes: Record<string, unknown> };
  const alone = { ...rest, processes: { "worker-1": all["worker-1"] } };
  const file = join(folder, "project.yaml");
  await writeFile(
    file,
    stringify(alone, {
      defaultStringType: "QUOTE_DOUBLE",
      defaultKeyType: "PLAIN",
      lineWidth: 0,
    }).replaceAll("/flotilla/", `${folder}/`),
  );
  const child = spawn(
    await toolPath("process-compose"),
    ["up", "-f", file, "-t=false", "--no-server", "-L", join(folder, "log")],
    {
      env: {
        PATH: [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
        HOME: folder,
        TMPDIR: folder,
        DISABLED_WORKER_1: "false",
        API_KEY: "named",
        OTHER_SECRET: "not named",
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  onTestFinished(async () => {
    if (child.exitCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await gone;
  });
  return until(
    "the slot has written what it sees",
    async () => {
      if (child.exitCode !== null) throw new Error(output);
      return JSON.parse(await readFile(join(folder, "seen.json"), "utf8")) as {
        argv: string[];
        env: Record<string, string>;
      };
    },
    20,
  );
}
