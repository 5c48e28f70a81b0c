import type { ProcessPlan } from "../model/plan.ts";
import type { Fleet } from "../model/spec.ts";
import { typeOf } from "../services/registry.ts";
import type { ServiceTypes } from "../services/service-type.ts";

/** App secrets that reach a process through its environment, sorted. */
export function environmentSecrets(types: ServiceTypes, process: ProcessPlan): string[] {
  return [...new Set(typeOf(types, process.service).secrets.reaching(process))].sort();
}

/** App secrets that a host with these processes reads, as files or environment, sorted. */
export function hostSecrets(
  types: ServiceTypes,
  fleet: Fleet,
  processes: readonly ProcessPlan[],
): readonly string[] {
  const names = processes.flatMap((process) => [
    ...typeOf(types, process.service)
      .secretFiles(fleet)
      .map(({ secret }) => secret),
    ...environmentSecrets(types, process),
  ]);
  return [...new Set(names)].sort();
}
