import { isSingleReplica } from "../../compiler/compile.ts";
import type { RegionDesired } from "../../compiler/compile.ts";
import type { Problem } from "../model/problem.ts";

type ServiceDesired = RegionDesired["services"][number];

export type Refusal = Pick<Problem, "code" | "detail" | "bound">;

/** Why this burst can't be, with what to do instead; undefined when it can. */
export function checkBurst(
  service: ServiceDesired,
  region: string,
  to: number,
): Refusal | undefined {
  const { name, controls, min, max } = service;
  if (!controls.burst.offered)
    return {
      code: "not_scalable",
      detail: `${name} takes no burst in ${region}: ${controls.burst.why}. ${remedy(service, region)}`,
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
      detail: `${to} is below min ${min} of ${name} in ${region}: a burst never goes under it`,
      bound: { name: "min", value: min },
    };
  return undefined;
}

function remedy({ name, type, strategy, scalable, max }: ServiceDesired, region: string): string {
  if (isSingleReplica(type)) return "Give its hosts more memory or CPU in the spec instead.";
  if (!scalable)
    return `To change it for good, edit \`replicas\` in its spec (flotilla scale set); to let bursts and metrics do it, say \`scalable: true\` there.`;
  if (max === 0) return `Give it replicas in ${region} in its spec first.`;
  const how = strategy === "local" ? "a process more on the hosts there are" : "a host more";
  return `Raise \`max\` of ${name} in its spec; a replica more is ${how}.`;
}
