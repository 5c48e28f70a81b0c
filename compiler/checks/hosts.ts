import type { HostPlan, ProcessPlan, RegionPlan } from "../model/plan.ts";
import { longestChain, STOP_MARGIN_SECONDS, stopTimeoutSeconds } from "../plan/shutdown.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose, hasPath } from "../text/source.ts";

/** Fly kills after this at the latest. Source: https://fly.io/docs/reference/configuration/#kill_timeout */
const FLY_SECONDS = 300;

/** E404, E411: rules that depend on which services share a host. Checked once per shape of host. */
export function checkHosts({ hosts }: RegionPlan): Diagnostic[] {
  const shapes = new Map<readonly ProcessPlan[], HostPlan>();
  for (const host of hosts) if (!shapes.has(host.processes)) shapes.set(host.processes, host);
  return [...shapes.values()].flatMap((host) => [
    ...checkStopBudget(host),
    ...checkKeepsRunning(host),
  ]);
}

/** E404: a host that Fly would kill before its services have stopped. */
function checkStopBudget(host: HostPlan): Diagnostic[] {
  const budget = stopTimeoutSeconds(host);
  if (budget <= FLY_SECONDS) return [];
  const chain = longestChain(host.processes).processes;
  const slowest = chain.toSorted(
    (a, b) => b.service.stopTimeoutSeconds - a.service.stopTimeoutSeconds,
  )[0];
  if (slowest === undefined) return [];
  const { source } = slowest.service;
  return [
    diagnose(source, {
      code: "E404",
      path: hasPath(source, ["stop_timeout"]) ? ["stop_timeout"] : ["name"],
      message: `stopping ${chain.map(({ service }) => `${service.name} (${service.stopTimeoutSeconds} s)`).join(", then ")} and ${STOP_MARGIN_SECONDS} s take ${budget} s: Fly kills after ${FLY_SECONDS}`,
      hint: "Lower `stop_timeout` of one of them, or drop a `depends_on`.",
    }),
  ];
}

/** E411: Process Compose ends with its last process, and Fly starts the Machine again. */
function checkKeepsRunning({ region, processes }: HostPlan): Diagnostic[] {
  const [first] = processes;
  if (first === undefined || processes.some(({ service }) => service.restart.policy === "always"))
    return [];
  return [
    diagnose(first.service.source, {
      code: "E411",
      path: ["restart"],
      message: `nothing that is always restarted runs on a host of \`${region}\`: when \`${first.service.name}\` has ended, Fly would start the host again`,
      hint: "Use `restart: always`, or place a service beside it that keeps running.",
    }),
  ];
}
