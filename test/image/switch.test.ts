import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { beforeAll, describe, expect, onTestFinished, test } from "vitest";

import { ownAddress } from "./address.ts";
import { startChild } from "../kit/child.ts";
import { temporaryFolder } from "../kit/scratch-folder.ts";
import { buildTimeoutMs, imageFolder, programPaths } from "./programs.ts";
import { until } from "../../fixtures/until.ts";

const port = "9080";

let processCompose = "";
beforeAll(async () => {
  processCompose = (await programPaths(["process-compose"]))["process-compose"];
}, buildTimeoutMs);

interface Running {
  /** Name → pid, 0 for one that doesn't run. */
  pids(): Promise<Record<string, number>>;
  switchTo(...args: string[]): Promise<{ code: number | string; output: string }>;
  activeFile(): Promise<string>;
}

/** A host with a neighbour and three workers of which one is on. `worker` is the workers' command. */
async function startHost(worker = "sleep 1000"): Promise<Running> {
  const folder = await temporaryFolder();
  const root = folder.path;
  await mkdir(join(root, "bin"));
  await mkdir(join(root, "data"));
  await cp(join(imageFolder, "bin/switch"), join(root, "bin/switch"));
  const processes = [
    ["neighbour", "sleep 1000", false],
    ["worker-0", worker, false],
    ["worker-1", worker, true],
    ["worker-2", worker, true],
  ] as const;
  const text = processes
    .map(
      ([name, command, off]) =>
        `  ${name}:\n    command: "${command}"\n    is_disabled: "${off}"\n`,
    )
    .join("");
  await writeFile(join(root, "pc.yaml"), `version: "0.5"\nprocesses:\n${text}`);
  const address = ownAddress();
  const env = {
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: root,
    FLOTILLA_ROOT: root,
    PC_ADDRESS: address,
    PC_PORT_NUM: port,
  };
  const host = await startChild(
    processCompose,
    ["up", "-f", join(root, "pc.yaml"), "-t=false", "--keep-project", "-L", join(root, "log")],
    { env, cwd: root, endSignal: "SIGTERM" },
  );
  onTestFinished(async () => {
    await host[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });
  async function pids(): Promise<Record<string, number>> {
    const answer = await fetch(`http://${address}:${port}/processes`);
    const { data } = (await answer.json()) as {
      data: { name: string; is_running: boolean; pid: number }[];
    };
    return Object.fromEntries(data.map((one) => [one.name, one.is_running ? one.pid : 0]));
  }
  await until("the first worker runs", async () => ((await pids())["worker-0"] ?? 0) > 0);
  return {
    pids,
    async switchTo(...args) {
      await using child = await startChild(join(root, "bin/switch"), args, { env, cwd: root });
      const code = await child.ended;
      return { code, output: child.output() };
    },
    activeFile: () => readFile(join(root, "data/active.env"), "utf8"),
  };
}

describe("switch", () => {
  test("turns slots on and off, leaves every other process its pid, and may be repeated", async () => {
    const host = await startHost();
    const before = await host.pids();
    for (let time = 0; time < 2; time += 1) {
      expect(await host.switchTo("worker=3/3")).toEqual({ code: 0, output: "" });
      await until("all run", async () => Object.values(await host.pids()).every((pid) => pid > 0));
    }
    const all = await host.pids();
    expect(all).toMatchObject({
      neighbour: before["neighbour"],
      "worker-0": before["worker-0"],
    });
    expect(await host.activeFile()).toBe("ACTIVE_WORKER=3\n");

    for (let time = 0; time < 2; time += 1)
      expect(await host.switchTo("worker=1/3")).toEqual({ code: 0, output: "" });
    expect(await host.pids()).toEqual({ ...all, "worker-1": 0, "worker-2": 0 });

    expect(await host.switchTo("worker=0/3")).toEqual({ code: 0, output: "" });
    expect(await host.pids()).toEqual({
      neighbour: before["neighbour"],
      "worker-0": 0,
      "worker-1": 0,
      "worker-2": 0,
    });
    expect(await host.activeFile()).toBe("ACTIVE_WORKER=0\n");
  });

  test("waits until a slot that takes its time has ended", async () => {
    const host = await startHost("trap 'sleep 1; exit 0' TERM; while :; do sleep 0.1; done");
    expect(await host.switchTo("worker=0/3")).toEqual({ code: 0, output: "" });
    expect((await host.pids())["worker-0"]).toBe(0);
  });

  test("says which process isn't there", async () => {
    const host = await startHost();
    const { code, output } = await host.switchTo("worker=1/3", "mailer=1/1");
    expect(code).toBe(1);
    expect(output).toContain("no process mailer-0");
  });

  test.each([[[]], [["worker"]], [["worker=4/3"]], [["worker=x/3"]], [["../x=1/3"]]])(
    "refuses %j",
    async (args) => {
      const host = await startHost();
      expect((await host.switchTo(...args)).code).toBe(64);
      await expect(host.activeFile()).rejects.toThrow("ENOENT");
    },
  );
});
