import { isSingleReplica } from "../../compiler/compile.ts";
import type { RegionDesired } from "../../compiler/compile.ts";
import type { Problem } from "../model/problem.ts";

type ServiceDesired = RegionDesired["services"][number];

export type BurstRefusal = Pick<Problem, "code" | "detail" | "bound">;

/** Returns why a burst to this count is refused and what to do instead; undefined if it is possible. */
export function checkBurst(
  service: ServiceDesired,
  region: string,
  to: number,
): BurstRefusal | undefined {
  const { name, controls, min, max } = service;
  if (!controls.burst.offered)
    return {
      code: "not_scalable",
      detail: `${name} can't be scaled temporarily in ${region}: ${controls.burst.why}. ${remedy(service, region)}`,
    };
  if (to > max)
    return {
      code: "out_of_bounds",
      detail: `${to} is above max ${max} of ${name} in ${region}: ask for at most ${max}, or raise \`max\` in the spec (flotilla scale set)`,
      bound: { name: "max", value: max },
    };
  if (to < min)
    return {
      code: "out_of_bounds",
      detail: `${to} is below min ${min} of ${name} in ${region}: ask for at least ${min}`,
      bound: { name: "min", value: min },
    };
  return undefined;
}

/** What to change in the spec so that a burst becomes possible. */
function remedy({ name, type, strategy, scalable, max }: ServiceDesired, region: string): string {
  if (isSingleReplica(type)) return "Give its hosts more memory or CPU in the spec instead.";
  if (!scalable)
    return "To change it permanently, edit `replicas` in its spec (flotilla scale set); to let bursts and metrics change it, set `scalable: true` there.";
  if (max === 0) return `Give it replicas in ${region} in its spec first.`;
  const effect = strategy === "local" ? "a process on the existing hosts" : "a host";
  return `Raise \`max\` of ${name} in its spec; each additional replica adds ${effect}.`;
}
