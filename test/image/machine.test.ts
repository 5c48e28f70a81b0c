import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { beforeAll, it } from "vitest";

import { ownAddress } from "./address.ts";
import { halfRequest } from "./half-request.ts";
import { environmentOf, startChild } from "../kit/child.ts";
import { temporaryFolder } from "../kit/scratch-folder.ts";
import { makeMachineRoot } from "./machine-root.ts";
import { resultsOf } from "./pocketbase.ts";
import { buildTimeoutMs, imageFolder, programPaths } from "./programs.ts";
import { until } from "../../fixtures/until.ts";

interface State {
  readonly name: string;
  readonly status: string;
  readonly is_running: boolean;
  readonly is_ready: string;
  readonly pid: number;
  readonly restarts: number;
}

let programs: Awaited<
  ReturnType<typeof programPaths<"process-compose" | "caddy" | "nats-server" | "pocketbase">>
>;
beforeAll(async () => {
  programs = await programPaths(["process-compose", "caddy", "nats-server", "pocketbase"]);
}, buildTimeoutMs);

/** Secrets of the Machine that each process may see. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  nats: ["NATS_APP_PUBLIC", "NATS_OPERATOR_PUBLIC"],
  pocketbase: ["POCKETBASE_ADMIN_PASSWORD", "POCKETBASE_WORKER_PASSWORD"],
  caddy: [],
  "worker-0": ["API_KEY", "NATS_APP_SEED", "POCKETBASE_WORKER_PASSWORD"],
  "worker-1": ["API_KEY", "NATS_APP_SEED", "POCKETBASE_WORKER_PASSWORD"],
};

it(
  "a whole Machine works, switches a slot without touching the others, and stops in order",
  { timeout: 90_000 },
  async ({ expect }) => {
    await using folder = await temporaryFolder();
    const machine = await makeMachineRoot(folder.path, ownAddress(), programs);
    await using entry = await startChild(join(machine.root, "bin/entry"), [], {
      env: machine.env,
      endSignal: "SIGTERM",
    });
    async function states(): Promise<Map<string, State>> {
      const response = await fetch(`${machine.processComposeUrl}/processes`);
      const { data } = (await response.json()) as { data: State[] };
      return new Map(data.map((state) => [state.name, state]));
    }
    function ready(...names: string[]): Promise<Map<string, State>> {
      return until(`${names.join(", ")} are ready`, async () => {
        const now = await states();
        return names.every((name) => now.get(name)?.is_ready === "Ready") && now;
      });
    }
    const services = ["nats", "pocketbase", "caddy", "worker-0"];
    const before = await ready(...services).catch((error: unknown) => {
      throw new Error(entry.output(), { cause: error });
    });
    expect(before.get("worker-1")).toMatchObject({ status: "Disabled", is_running: false });

    // The page, and through the same Caddy the database.
    expect(await (await fetch(machine.caddyUrl)).text()).toContain("Flotilla sample");
    expect(await resultsOf(machine.caddyUrl, "none")).toEqual([]);

    // A job becomes a record.
    const seedFile = join(folder.path, "operator.seed");
    await writeFile(seedFile, machine.operator.seed);
    async function publish(id: string): Promise<boolean> {
      await using child = await startChild(
        process.execPath,
        [join(imageFolder, "app/publish.ts"), "iad", "hello", "--id", id],
        {
          env: { PATH: "/usr/bin:/bin", NATS_URL: machine.natsUrl, NATS_SEED_FILE: seedFile },
        },
      );
      if ((await child.ended) !== 0) throw new Error(`${child.output()}\n${entry.output()}`);
      return true;
    }
    await until("a publish gets through", () => publish("first"));
    const [record] = await until("a record", async () => {
      const found = await resultsOf(machine.caddyUrl, "first");
      return found.length > 0 && found;
    });
    expect(record).toMatchObject({ text: "hello", region: "iad", host: "iad-0", slot: "worker-0" });

    // Switched on without a reload: everybody else goes on as they are.
    expect(
      (await fetch(`${machine.processComposeUrl}/process/start/worker-1`, { method: "POST" }))
        .status,
    ).toBe(200);
    const after = await ready(...services, "worker-1");
    for (const name of services) {
      expect(after.get(name)).toMatchObject({ pid: before.get(name)?.pid, restarts: 0 });
    }

    // Each process sees only its own secrets.
    const secrets = Object.keys(machine.env).filter((name) =>
      /^(NATS_|POCKETBASE_|API_KEY|ORIGIN_)/.test(name),
    );
    for (const [name, state] of after) {
      const environment = await environmentOf(state.pid);
      const seen = secrets.filter((secret) => environment.has(secret));
      expect({ name, seen: seen.toSorted() }).toEqual({ name, seen: allowed[name]?.toSorted() });
      expect(environment.get("FLOTILLA_HOST")).toBe("iad-0");
      expect(environment.get("PC_PROC_NAME")).toBe(name);
    }

    // A killed process comes back.
    const killed = after.get("caddy")?.pid ?? 0;
    process.kill(killed, "SIGKILL");
    await until("Caddy is back", async () => {
      const caddy = (await states()).get("caddy");
      return caddy?.is_ready === "Ready" && caddy.pid !== killed;
    });
    expect((await fetch(machine.caddyUrl)).status).toBe(200);

    // A stop drains: Caddy takes no more visitors but lets those it has end, NATS goes lame duck.
    const last = await states();
    await using visitor = await halfRequest(machine.caddyUrl);
    entry.signal("SIGTERM");
    await until("Caddy takes no more visitors", async () =>
      fetch(machine.caddyUrl).then(
        () => false,
        () => true,
      ),
    );
    expect(await visitor.finish()).toMatch(/^HTTP\/1\.1 400 /);
    expect(await entry.ended).toBe(0);
    // Process Compose may end before it has passed on a process's last lines; if it has, NATS names the mode in them.
    const [, lastWords = ""] = entry.output().split(/Server is ready(?![^]*Server is ready)/);
    const ofNats = lastWords.split("\n").filter((line) => line.startsWith("[nats"));
    expect(ofNats.join("\n")).toMatch(/^$|Entering lame duck mode/);
    for (const { pid } of last.values()) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(entry.output()).toContain("finishing the current job");
    for (const text of [
      entry.output(),
      await readFile(join(machine.root, "tmp/process-compose.log"), "utf8"),
    ]) {
      for (const secret of secrets) expect(text).not.toContain(machine.env[secret]);
    }
  },
);
