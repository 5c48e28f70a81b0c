import type { Diagnostic, Path } from "../text/diagnostic.ts";
import { SOLD } from "../catalog/machine-sizes.ts";
import { diagnose, hasPath } from "../text/source.ts";
import type { MachineSize, Spec } from "../model/spec.ts";

/** E206: sizes that Fly doesn't sell. E207: as many warm hosts as hosts. */
export function checkMachines({ fleet }: Spec): Diagnostic[] {
  const found: Diagnostic[] = [];
  const checked = new Set<string>();
  for (const region of fleet.regions) {
    const own = hasPath(fleet.source, ["regions", region.code, "machine"]);
    const path = own ? ["regions", region.code, "machine"] : ["machine"];
    if (checked.has(path.join())) continue;
    checked.add(path.join());
    const problem = sizeProblem(region.machine, path);
    if (problem !== undefined) found.push(diagnose(fleet.source, { code: "E206", ...problem }));
  }
  for (const { code, maxHosts, warmHosts } of fleet.regions)
    if (warmHosts >= maxHosts)
      found.push(
        diagnose(fleet.source, {
          code: "E207",
          path: ["regions", code, "warm_hosts"],
          message: `${warmHosts} warm hosts of ${maxHosts}: none would be left to run`,
          hint: `Warm hosts count inside \`max_hosts\`: at most ${maxHosts - 1} here.`,
        }),
      );
  return found;
}

function sizeProblem(
  size: MachineSize,
  path: Path,
): { path: Path; message: string; hint: string } | undefined {
  const sold = SOLD[size.cpuKind];
  if (!(sold.cpus as readonly number[]).includes(size.cpus))
    return {
      path: [...path, "cpus"],
      message: `Fly sells no ${size.cpuKind} Machine with ${size.cpus} CPUs`,
      hint: `Possible: ${sold.cpus.join(", ")}.`,
    };
  const [least, most] = sold.memoryPerCpu.map((perCpu) => perCpu * size.cpus) as [number, number];
  if (size.memoryMb >= least && size.memoryMb <= most && size.memoryMb % sold.step === 0)
    return undefined;
  return {
    path: [...path, "memory_mb"],
    message: `Fly sells no ${size.cpuKind} Machine with ${size.cpus} CPU${size.cpus === 1 ? "" : "s"} and ${size.memoryMb} MB`,
    hint: `From ${least} to ${most} MB in steps of ${sold.step}.`,
  };
}
