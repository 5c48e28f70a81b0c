import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { parse, stringify } from "yaml";
import { scratchFolder } from "../kit/scratch-folder.ts";
import { runningProcesses } from "../../fixtures/processes.ts";
import { root } from "../../fixtures/project-root.ts";
import { toolPath } from "../kit/tool-path.ts";
import { ConditionLostError, until } from "../../fixtures/until.ts";

export interface Seen {
  readonly argv: string[];
  readonly env: Record<string, string>;
  readonly cwd: string;
}

/**
 * Runs slot 1 of the worker alone in a real Process Compose, under the image's `run`, and returns what the program
 * `/flotilla/app/dump.mjs` sees, wherever the project calls it.
 */
export async function runSlot(project: string): Promise<Seen> {
  const folder = scratchFolder();
  await mkdir(join(folder, "app"));
  await cp(join(root, "image/bin/run"), join(folder, "bin/run"));
  await writeFile(
    join(folder, "app/dump.mjs"),
    `import { renameSync, writeFileSync } from "node:fs";
writeFileSync(${JSON.stringify(join(folder, "part.json"))}, JSON.stringify({ argv: process.argv.slice(2), env: process.env, cwd: process.cwd() }));
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
    if (child.exitCode === null) {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    }
    // Process Compose may leave behind what it has only just started.
    for (const { pid, argv } of runningProcesses()) {
      if (!argv.some((word) => word.startsWith(folder))) continue;
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // ended by itself meanwhile
      }
    }
  });
  return until("the slot has written what it sees", async () => {
    if (child.exitCode !== null) throw new ConditionLostError(output);
    const seen = JSON.parse(await readFile(join(folder, "seen.json"), "utf8")) as Seen;
    return { ...seen, cwd: seen.cwd.replace(await realpath(folder), "/flotilla") };
  });
}
