import { compareText } from "../text/diagnostic.ts";
import type { RegionCode } from "../catalog/fly-regions.ts";
import type { ProcessService, Service, Spec } from "../model/spec.ts";
import { slotName } from "../model/names.ts";
import type { DependencyPlan, ProcessPlan, SlotPlan } from "../model/plan.ts";
import { natsUrl, planNats, pocketbaseUrl } from "../services/nats/servers.ts";

export interface HostPlace {
  readonly spec: Spec;
  readonly region: RegionCode;
  readonly index: number;
  /** `infra` services that are on this host. */
  readonly infra: readonly Service[];
  /** `local` services of the region. */
  readonly local: readonly ProcessService[];
  /** Slots of a service that are the same on several hosts of the region are the same objects. */
  readonly slots: Map<string, readonly SlotPlan[]>;
}

/** Everything in a host's Process Compose project, by name. */
export function planProcesses(place: HostPlace): ProcessPlan[] {
  const servers = findServers(place);
  const processes = [...place.infra, ...place.local].flatMap((service): readonly ProcessPlan[] => {
    switch (service.type) {
      case "caddy":
        return [{ name: service.name, service, dependsOn: dependencies(place, serversOf(place)) }];
      case "nats":
        return [
          {
            name: service.name,
            dependsOn: [],
            ...planNats(place.spec, service, place.region, place.index),
          },
        ];
      case "pocketbase":
        return [{ name: service.name, service, dependsOn: [] }];
      case "process":
        return planSlots(place, service, servers);
    }
  });
  return processes.sort((a, b) => compareText(a.name, b.name));
}

type Servers = Pick<SlotPlan, "natsUrl" | "pocketbaseUrl">;

function findServers({ spec, region, index, infra }: HostPlace): Servers {
  const has = (type: Service["type"]): boolean => infra.some((other) => other.type === type);
  return {
    natsUrl: natsUrl(spec, region, index, has("nats")),
    pocketbaseUrl: pocketbaseUrl(spec, region, has("pocketbase")),
  };
}

function planSlots(
  place: HostPlace,
  service: ProcessService,
  servers: Servers,
): readonly SlotPlan[] {
  const dependsOn = dependencies(place, service.dependsOn);
  const urls = [servers.natsUrl, servers.pocketbaseUrl];
  const key = [service.name, ...urls, ...dependsOn.map(({ name }) => name)].join(" ");
  const known = place.slots.get(key);
  if (known !== undefined) return known;
  const environment = service.regions[place.region]?.environment ?? service.environment;
  const plans = Array.from({ length: service.maxPerHost }, (_, slot): SlotPlan => ({
    name: slotName(service.name, slot),
    service,
    slot,
    dependsOn,
    ports: Object.fromEntries(
      Object.entries(service.ports).map(([port, first]) => [port, first + slot]),
    ),
    environment,
    ...servers,
  }));
  place.slots.set(key, plans);
  return plans;
}

/** Caddy waits for the servers it routes to: what can't be answered yet isn't let in. */
function serversOf(place: HostPlace): string[] {
  return place.infra
    .filter(({ type }) => type === "nats" || type === "pocketbase")
    .map(({ name }) => name);
}

/** A dependency that isn't on the host orders nothing there. */
function dependencies(place: HostPlace, names: readonly string[]): DependencyPlan[] {
  if (names.length === 0) return [];
  return place.infra
    .filter(({ name }) => names.includes(name))
    .map((service) => ({
      name: service.type === "process" ? slotName(service.name, 0) : service.name,
      condition: conditionOf(service),
    }))
    .sort((a, b) => compareText(a.name, b.name));
}

/** A job has to end well, a server to answer; of a process without a probe only its start is known. */
function conditionOf(service: Service): DependencyPlan["condition"] {
  if (service.type !== "process") return "process_healthy";
  if (service.restart === "no") return "process_completed_successfully";
  return service.probe === undefined ? "process_started" : "process_healthy";
}
