import { describe, test } from "vitest";
import { parse, stringify } from "yaml";
import { compile } from "../../compiler/compile.ts";
import { runSlot } from "./running-slot.ts";
import { edited, sampleSpecs } from "../../fixtures/sample-specs.ts";
import { fileOf, regionOf } from "../kit/compiled.ts";

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

  test("a program that probes has the process's environment, secrets and folder", async ({
    expect,
  }) => {
    const words = ["it's", "$HOME", "{{ .X }}", "a b", String.raw`\\x`];
    const files = edited(
      edited(
        edited(
          sampleSpecs(),
          "specs/services/worker.yaml",
          "command: [node, /flotilla/app/worker.ts]",
          "command: [sleep, '1000']\nworking_dir: /flotilla/app",
        ),
        "specs/services/worker.yaml",
        "depends_on: [nats]\n",
        "",
      ),
      "specs/services/worker.yaml",
      "readiness_probe: { http: { port: http, path: /healthz } }",
      stringify({
        readiness_probe: { exec: { command: ["node", "/flotilla/app/dump.mjs", ...words] } },
      }).trimEnd(),
    );
    const seen = await runSlot(fileOf(regionOf(compile(files, { stack: "iad" })), "iad-0", path));
    expect(seen.argv).toEqual(words);
    expect(seen.cwd).toBe("/flotilla/app");
    expect(seen.env).toMatchObject({
      QUEUE: "jobs",
      FLOTILLA_SLOT: "worker-1",
      PORT_HTTP: "9101",
      API_KEY: "named",
    });
    expect(seen.env).not.toHaveProperty("OTHER_SECRET");
  });
});
