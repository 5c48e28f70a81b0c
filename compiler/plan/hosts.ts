import type { RegionCode } from "../catalog/fly-regions.ts";
import { hostName, volumeName } from "../model/names.ts";
import type { CountPlan, HostPlan, ProcessPlan } from "../model/plan.ts";
import type { FleetRegion, Service, Spec } from "../model/spec.ts";
import { typeOf } from "../services/registry.ts";
import type { HostPosition, ServiceTypes } from "../services/service-type.ts";
import { compareText } from "../text/diagnostic.ts";
import { placementOf } from "./placement.ts";
import { longestChain } from "./shutdown.ts";

/**
 * Plans hosts one by one. Hosts with the same services and the same variant share everything but their names, which
 * keeps a region of a thousand hosts as cheap as one of ten.
 */
export function hostPlanner(
  types: ServiceTypes,
  spec: Spec,
  region: FleetRegion,
  counts: readonly CountPlan[],
): (index: number, state: HostPlan["state"]) => HostPlan {
  const infra = counts.filter(({ service }) => service.strategy === "infra");
  const local = counts
    .filter(({ service, max }) => service.isLocal && max > 0)
    .map(({ service, effective }) => ({
      service,
      perHost: placementOf(service, region, effective),
    }));
  const slots = Object.fromEntries(
    local.map(({ service: { name, maxPerHost } }) => [name, maxPerHost]),
  );
  const shared = createShared();

  function shapeOf(index: number, state: HostPlan["state"]): Shape {
    const here = infra.filter((count) => isOn(count, index, state)).map(({ service }) => service);
    const place = (service: Service): HostPosition => ({
      spec,
      region: region.code,
      index,
      isHere: here.includes(service),
    });
    const variants = spec.services.map((service) =>
      typeOf(types, service).variant(service, place(service)),
    );
    const key = JSON.stringify([here.map(({ name }) => name), variants]);
    return shared(`shape ${key}`, () => {
      const provided: Record<string, string> = {};
      for (const service of spec.services)
        Object.assign(provided, typeOf(types, service).provides(service, place(service)));
      const host = { spec, types, region: region.code, index, infra: here, provided };
      const processes = [...here, ...local.map(({ service }) => service)]
        .flatMap((service) =>
          typeOf(types, service).plan(service, {
            ...host,
            shared: (each, make) => shared(`${service.name} ${each}`, make),
          }),
        )
        .sort((a, b) => compareText(a.name, b.name));
      return { processes, stopSeconds: longestChain(processes).seconds };
    });
  }

  function activeOf(index: number): HostPlan["active"] {
    const on = local.map(({ perHost }) => perHost[index] ?? 0);
    return shared(`active ${on.join()}`, () =>
      Object.fromEntries(
        local
          .map(({ service }, position) => [service.name, on[position] ?? 0] as const)
          .sort(([a], [b]) => compareText(a, b)),
      ),
    );
  }

  return (index, state) => {
    const { processes, stopSeconds } = shapeOf(index, state);
    const sizeGb = storedGb(types, region.code, index, processes);
    const isEntrance = processes.some(
      ({ service }) => typeOf(types, service).entrance !== undefined,
    );
    return {
      name: hostName(region.code, index),
      index,
      region: region.code,
      state,
      idles: isEntrance && sizeGb === 0 && index >= (region.keepOn ?? Infinity),
      volume: sizeGb === 0 ? undefined : { name: volumeName(region.code, index), sizeGb },
      processes,
      active: activeOf(index),
      slots,
      stopSeconds,
    };
  };
}

interface Shape {
  readonly processes: readonly ProcessPlan[];
  readonly stopSeconds: number;
}

/** Returns a function that makes a value once per key. */
function createShared(): <V>(key: string, make: () => V) => V {
  const known = new Map<string, unknown>();
  return <V>(key: string, make: () => V): V => {
    if (!known.has(key)) known.set(key, make());
    return known.get(key) as V;
  };
}

/** A stopped host is rendered as the burst that would wake it needs it, so that waking changes no file. */
function isOn(
  { service, effective, max }: CountPlan,
  index: number,
  state: HostPlan["state"],
): boolean {
  return state === "started" ? index < effective : service.scalable && index < max;
}

/** Disk that the services of a host need; a host that needs none has no volume. */
function storedGb(
  types: ServiceTypes,
  region: RegionCode,
  index: number,
  processes: readonly ProcessPlan[],
): number {
  let sum = 0;
  for (const { kind, service } of processes) {
    if (kind === "slot") continue;
    const storage = typeOf(types, service).storage(service, region);
    if (storage !== undefined && index < storage.hosts) sum += storage.sizeGb;
  }
  return sum;
}
