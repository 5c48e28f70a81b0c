import { existsSync } from "node:fs";
import { chmod, cp, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { beforeAll, describe, it } from "vitest";

import { freePort, ownAddress } from "./address.ts";
import { startChild } from "../kit/child.ts";
import type { Child } from "../kit/child.ts";
import { temporaryFolder } from "../kit/scratch-folder.ts";
import { buildTimeoutMs, imageFolder, programPaths } from "./programs.ts";
import { until } from "../../fixtures/until.ts";

const path = "/usr/local/bin:/usr/bin:/bin";

/** A guest root with the entry script; `program` is put where Process Compose is expected. */
async function makeRoot(root: string, program: string | { script: string }): Promise<void> {
  await mkdir(join(root, "bin"), { recursive: true });
  await mkdir(join(root, "etc"));
  await cp(join(imageFolder, "bin/entry"), join(root, "bin/entry"));
  const target = join(root, "bin/process-compose");
  if (typeof program === "string") await symlink(program, target);
  else {
    await writeFile(target, program.script);
    await chmod(target, 0o755);
  }
  await writeFile(join(root, "etc/process-compose.yaml"), 'version: "0.5"\nprocesses: {}\n');
}

function startEntry(root: string, env: Readonly<Record<string, string>>): Promise<Child> {
  return startChild(join(root, "bin/entry"), [], {
    env: { PATH: path, FLOTILLA_ROOT: root, ...env },
    cwd: root,
    endSignal: "SIGTERM",
  });
}

describe("slots", () => {
  /** Runs entry with a program that prints its environment instead of Process Compose. */
  async function slotsOf(
    env: Readonly<Record<string, string>>,
    activeFile?: string,
  ): Promise<{
    slots: Record<string, string>;
    all: Record<string, string>;
    output: string;
    code: number | string;
  }> {
    await using folder = await temporaryFolder();
    await makeRoot(folder.path, { script: "#!/bin/sh\nexec env\n" });
    if (activeFile !== undefined) {
      await mkdir(join(folder.path, "data"));
      await writeFile(join(folder.path, "data/active.env"), activeFile);
    }
    await using child = await startEntry(folder.path, env);
    const code = await child.ended;
    const all = Object.fromEntries(
      child
        .stdout()
        .split("\n")
        .filter((line) => line.includes("="))
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
    const slots = Object.fromEntries(
      Object.entries(all).filter(([name]) => name.startsWith("DISABLED_")),
    );
    // What a value holds is never run.
    if (existsSync(join(folder.path, "never"))) throw new Error("a value was run");
    return { slots, all, output: child.output(), code };
  }

  it("switches the first ACTIVE_* slots of every service on", async ({ expect }) => {
    const { slots, code } = await slotsOf({
      FLOTILLA_SLOTS: "worker=3 mail-sender=2 idle=1",
      ACTIVE_WORKER: "2",
      ACTIVE_MAIL_SENDER: "2",
    });
    expect(code).toBe(0);
    expect(slots).toEqual({
      DISABLED_WORKER_0: "false",
      DISABLED_WORKER_1: "false",
      DISABLED_WORKER_2: "true",
      DISABLED_MAIL_SENDER_0: "false",
      DISABLED_MAIL_SENDER_1: "false",
      DISABLED_IDLE_0: "true",
    });
  });

  it.for([
    { active: "", on: 0, says: undefined },
    { active: "two", on: 0, says: "ACTIVE_WORKER='two' is not a number of slots" },
    { active: "-1", on: 0, says: "ACTIVE_WORKER='-1' is not a number of slots" },
    { active: "1; touch never", on: 0, says: "is not a number of slots" },
    { active: "99999999999999999999", on: 0, says: "is not a number of slots" },
    { active: "010", on: 3, says: "ACTIVE_WORKER=10 is more than the 3 slots" },
    { active: "002", on: 2, says: undefined },
    { active: "000", on: 0, says: undefined },
    { active: "4", on: 3, says: "ACTIVE_WORKER=4 is more than the 3 slots" },
  ])("takes ACTIVE_WORKER=$active as $on", async ({ active, on, says }, { expect }) => {
    const { slots, output, code } = await slotsOf({
      FLOTILLA_SLOTS: "worker=3",
      ACTIVE_WORKER: active,
    });
    expect(code).toBe(0);
    expect(Object.values(slots).filter((disabled) => disabled === "false")).toHaveLength(on);
    expect(Object.keys(slots)).toHaveLength(3);
    if (says === undefined) expect(output).not.toContain("entry:");
    else expect(output).toContain(says);
  });

  it("lets data/active.env override the environment, and runs nothing of it", async ({
    expect,
  }) => {
    const { slots, all, output } = await slotsOf(
      { FLOTILLA_SLOTS: "worker=2 mailer=2", ACTIVE_WORKER: "0", ACTIVE_MAILER: "1" },
      [
        "# written by a switch",
        "ACTIVE_WORKER=2",
        "PATH=/evil",
        "ACTIVE_X$(touch never)=1",
        "touch never",
        "ACTIVE_MAILER=$(echo 2)",
        "",
        "ACTIVE_OTHER=1", // no newline at the end
      ].join("\n"),
    );
    expect(slots).toEqual({
      DISABLED_WORKER_0: "false",
      DISABLED_WORKER_1: "false",
      DISABLED_MAILER_0: "true",
      DISABLED_MAILER_1: "true",
    });
    expect(all["PATH"]).toBe(path);
    expect(output).toContain("'PATH=/evil' is ignored");
    expect(output).toContain("'touch never' is ignored");
    expect(output).toContain("ACTIVE_MAILER='$(echo 2)' is not a number of slots");
  });

  it.for(["worker", "worker=", "Worker=2", "worker=x", "=2", "wor$(id)ker=1"])(
    "refuses FLOTILLA_SLOTS=%s",
    async (slots, { expect }) => {
      const { code, output } = await slotsOf({ FLOTILLA_SLOTS: slots });
      expect(code).toBe(78);
      expect(output).toContain(`FLOTILLA_SLOTS: '${slots}' is not service=slots`);
    },
  );

  it("fills in what Process Compose needs and unsets what would change it", async ({ expect }) => {
    const { all } = await slotsOf({
      PC_NO_SERVER: "",
      PC_SOCKET_PATH: "/tmp/x",
      PC_CONFIG_FILES: "/evil",
      PC_LOG_FILE: "/x",
    });
    expect(all).toMatchObject({ PC_ADDRESS: "127.0.0.1", PC_PORT_NUM: "9080" });
    for (const name of ["PC_NO_SERVER", "PC_SOCKET_PATH", "PC_CONFIG_FILES", "PC_LOG_FILE"])
      expect(all).not.toHaveProperty(name);
  });
});

it("says what is missing", async ({ expect }) => {
  await using folder = await temporaryFolder();
  await makeRoot(folder.path, { script: "#!/bin/sh\n" });
  await chmod(join(folder.path, "bin/process-compose"), 0o644);
  await using child = await startEntry(folder.path, {});
  expect(await child.ended).toBe(78);
  expect(child.output()).toContain("bin/process-compose is missing or not executable");
});

it("makes private directories for data", async ({ expect }) => {
  await using folder = await temporaryFolder();
  await makeRoot(folder.path, { script: "#!/bin/sh\n" });
  await using child = await startEntry(folder.path, {});
  expect(await child.ended).toBe(0);
  for (const name of ["data/pb", "data/nats", "data/caddy", "tmp/caddy"]) {
    expect((await stat(join(folder.path, name))).mode & 0o777).toBe(0o700);
  }
});

describe("with the real Process Compose", () => {
  let processCompose = "";
  beforeAll(async () => {
    processCompose = (await programPaths(["process-compose"]))["process-compose"];
  }, buildTimeoutMs);

  interface State {
    readonly name: string;
    readonly status: string;
    readonly is_running: boolean;
    readonly pid: number;
  }

  it("stays with all slots off, switches one on and off, and ends on SIGTERM", async ({
    expect,
  }) => {
    await using folder = await temporaryFolder();
    await makeRoot(folder.path, processCompose);
    await writeFile(
      join(folder.path, "etc/process-compose.yaml"),
      JSON.stringify({
        version: "0.5",
        is_strict: true,
        is_tui_disabled: true,
        processes: Object.fromEntries(
          [0, 1].map((i) => [
            `worker-${i}`,
            { entrypoint: ["cat", "-"], is_tty: true, is_disabled: `\${DISABLED_WORKER_${i}}` },
          ]),
        ),
      }),
    );
    // Neither a .env file of the folder nor one of the machine's own settings may be read.
    await writeFile(join(folder.path, ".env"), "DISABLED_WORKER_0=false\n");
    const address = ownAddress();
    const port = await freePort(address);
    await using child = await startEntry(folder.path, {
      FLOTILLA_SLOTS: "worker=2",
      PC_ADDRESS: address,
      PC_PORT_NUM: String(port),
    });
    async function states(): Promise<Record<string, State>> {
      const response = await fetch(`http://${address}:${port}/processes`);
      const { data } = (await response.json()) as { data: State[] };
      return Object.fromEntries(data.map((state) => [state.name, state]));
    }
    async function call(method: string, action: string): Promise<number> {
      return (await fetch(`http://${address}:${port}/process/${action}`, { method })).status;
    }
    const before = await until("Process Compose answers", states);
    expect(Object.values(before).map(({ status }) => status)).toEqual(["Disabled", "Disabled"]);

    expect(await call("POST", "start/worker-0")).toBe(200);
    await until("worker-0 runs", async () => (await states())["worker-0"]?.is_running);
    expect((await states())["worker-1"]?.is_running).toBe(false);
    // The last process that runs is switched off: the project must stay.
    expect(await call("PATCH", "stop/worker-0")).toBe(200);
    // Process Compose says 400 until its own goroutine has let go of the process that ended.
    await until("worker-0 may start", async () => (await call("POST", "start/worker-0")) === 200);
    const again = await until("worker-0 runs again", async () => {
      const state = (await states())["worker-0"];
      return state?.is_running === true && state;
    });
    expect(again.pid).toBeGreaterThan(0);

    child.signal("SIGTERM");
    expect(await child.ended).toBe(0);
    expect(() => process.kill(again.pid, 0)).toThrow("ESRCH");
    expect(await readFile(join(folder.path, "tmp/process-compose.log"), "utf8")).toContain(
      "worker-0",
    );
  });
});
