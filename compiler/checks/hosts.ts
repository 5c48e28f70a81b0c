import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose } from "../text/source.ts";
import type { HostPlan, ProcessPlan, RegionPlan } from "../model/plan.ts";
import { checkStopBudget } from "../plan/shutdown.ts";

/** E404, E411: what shows only when it is known who shares a host. Once per shape of host. */
export function checkHosts({ hosts }: RegionPlan): Diagnostic[] {
  const shapes = new Map<readonly ProcessPlan[], HostPlan>();
  for (const host of hosts) if (!shapes.has(host.processes)) shapes.set(host.processes, host);
  return [...shapes.values()].flatMap((host) => [
    ...checkStopBudget(host),
    ...checkKeepsRunning(host),
  ]);
}

/** Process Compose ends with its last process, and Fly starts the Machine again. */
function checkKeepsRunning({ region, processes }: HostPlan): Diagnostic[] {
  const ends = processes.map(({ service }) =>
    service.type === "process" && service.restart !== "always" ? service : undefined,
  );
  const [first] = ends;
  if (first === undefined || ends.includes(undefined)) return [];
  return [
    diagnose(first.source, {
      code: "E411",
      path: ["restart"],
      message: `nothing that is always restarted runs on a host of \`${region}\`: when \`${first.name}\` has ended, Fly would start the host again`,
      hint: "Use `restart: always`, or place a service beside it that keeps running.",
    }),
  ];
}
