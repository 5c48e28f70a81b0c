import { compareText } from "../parse/diagnostic.ts";
import type { RegionCode } from "../parse/fly-regions.ts";
import type { ProcessService, Service, Spec } from "../parse/spec.ts";
import { slotName } from "./names.ts";
import type { DependencyPlan, ProcessPlan, SlotPlan } from "./plan.ts";
import { natsUrl, planNats, pocketbaseUrl } from "./servers.ts";

export interface HostPlace {
  readonly spec: Spec;
  readonly region: RegionCode;
  readonly index: number;
  /** `infra` services that are on this host. */
  readonly infra: readonly Service[];
  /** `local` services of the region. */
  readonly local: readonly ProcessService[];
}

/** Everything in a host's Process Compose project, by name. */
export function planProcesses(place: HostPlace): ProcessPlan[] {
  const processes = [...place.infra, ...place.local].flatMap((service): ProcessPlan[] => {
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
        return Array.from({ length: service.maxPerHost }, (_, slot) =>
          planSlot(place, service, slot),
        );
    }
  });
  return processes.sort((a, b) => compareText(a.name, b.name));
}

function planSlot(place: HostPlace, service: ProcessService, slot: number): SlotPlan {
  const has = (type: Service["type"]): boolean => place.infra.some((other) => other.type === type);
  const { spec, region, index } = place;
  return {
    name: slotName(service.name, slot),
    service,
    slot,
    dependsOn: dependencies(place, service.dependsOn),
    ports: Object.fromEntries(
      Object.entries(service.ports).map(([name, first]) => [name, first + slot]),
    ),
    natsUrl: natsUrl(spec, region, index, has("nats")),
    pocketbaseUrl: pocketbaseUrl(spec, region, has("pocketbase")),
  };
}

/** Caddy waits for the servers it routes to: what can't be answered yet isn't let in. */
function serversOf(place: HostPlace): string[] {
  return place.infra
    .filter(({ type }) => type === "nats" || type === "pocketbase")
    .map(({ name }) => name);
}

/** A dependency that isn't on the host orders nothing there. */
function dependencies(place: HostPlace, names: readonly string[]): DependencyPlan[] {
  return place.infra
    .filter(({ name }) => names.includes(name))
    .map(
      (service) =>
        ({
          name: service.type === "process" ? slotName(service.name, 0) : service.name,
          condition:
            service.type === "process" && service.probe === undefined
              ? "process_started"
              : "process_healthy",
        }) as const,
    )
    .sort((a, b) => compareText(a.name, b.name));
}
