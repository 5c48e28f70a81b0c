/** What runs on this machine, from /proc. */
import { readdirSync, readFileSync } from "node:fs";

export interface RunningProcess {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Every process that can be read; one that ends meanwhile is left out. */
export function runningProcesses(): RunningProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const argv = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0").slice(0, -1);
        const environ = readFileSync(`/proc/${name}/environ`, "utf8").split("\0").slice(0, -1);
        const env = Object.fromEntries(
          environ.map((entry) => {
            const at = entry.indexOf("=");
            return [entry.slice(0, at), entry.slice(at + 1)];
          }),
        );
        return [{ pid: Number(name), argv, env }];
      } catch {
        return []; // ended between the listing and the reading
      }
    });
}

/** Processes of one Machine whose program is called `program`. */
export function processesOf(machineId: string, program: string): RunningProcess[] {
  return runningProcesses().filter(
    ({ env, argv }) =>
      env["FLY_MACHINE_ID"] === machineId && argv[0]?.split("/").at(-1) === program,
  );
}
