/** How many replicas of a service run, as far as the observed hosts tell. */
import type { RegionDesired } from "../../compiler/compile.ts";
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import type { Applied } from "../model/run.ts";

type ServiceDesired = RegionDesired["services"][number];

/** The replicas that run. `infra`: one per started host that carries the service. `local`: the slots that are on. */
export function currentCount(
  service: ServiceDesired,
  hosts: readonly ObservedHost[],
  applied: Applied | undefined,
): number {
  if (service.strategy === "infra") return carriersOf(service, hosts, applied).length;
  return hosts
    .filter(({ managed, state }) => managed && state === "started")
    .reduce((sum, host) => sum + Math.max(0, host.active?.[service.name] ?? 0), 0);
}

/** Started hosts that carry a replica of an `infra` service: the last run put replica k on host k. */
export function carriersOf(
  { name, effective }: ServiceDesired,
  hosts: readonly ObservedHost[],
  applied: Applied | undefined,
): ObservedHost[] {
  const carried = applied?.counts[name] ?? effective;
  return hosts.filter(
    (host) => host.managed && host.state === "started" && hostIndex(host.name) < carried,
  );
}

/** `iad-2` → 2. */
export function hostIndex(name: string): number {
  return Number(/-(\d+)$/.exec(name)?.[1] ?? Number.POSITIVE_INFINITY);
}
