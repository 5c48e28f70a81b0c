/** Questions to a set of service types, which callers pass: nothing here knows which types there are. */
import type { RegionCode } from "../catalog/fly-regions.ts";
import { isReservedName } from "../catalog/reserved-names.ts";
import { TLS_SECRETS } from "../catalog/secrets.ts";
import type { DependencyPlan } from "../model/plan.ts";
import type { Service, Spec } from "../model/spec.ts";
import { compareText } from "../text/diagnostic.ts";
import type { Entrance, HostContext, ServiceType, ServiceTypes } from "./service-type.ts";

/** @throws if the set lacks the type, which the schema excludes */
export function typeOf(types: ServiceTypes, { type }: Pick<Service, "type">): ServiceType {
  const found = types[type];
  if (found === undefined) throw new Error(`there is no service type ${type}`);
  return found;
}

/** The service that visitors reach the fleet through, and how; undefined: there is none. */
export function entranceOf(
  types: ServiceTypes,
  spec: Spec,
): { readonly service: Service; readonly entrance: Entrance } | undefined {
  for (const service of spec.services) {
    const { entrance } = typeOf(types, service);
    if (entrance !== undefined) return { service, entrance };
  }
  return undefined;
}

/** Whether a route of the entrance leads to the service. */
export function isRouted(types: ServiceTypes, spec: Spec, name: string): boolean {
  const found = entranceOf(types, spec);
  return found !== undefined && found.entrance.targets(found.service).includes(name);
}

/** Number of first hosts of a region that hold data. */
export function dataHosts(types: ServiceTypes, spec: Spec, region: RegionCode): number {
  return Math.max(
    0,
    ...spec.services.map((service) => typeOf(types, service).storage(service, region)?.hosts ?? 0),
  );
}

/** Dependencies on services of the same host, sorted; a service that isn't on the host orders nothing there. */
export function dependenciesOn(
  { types, infra }: HostContext,
  isNeeded: (service: Service) => boolean,
): DependencyPlan[] {
  return infra
    .filter(isNeeded)
    .map((service) => typeOf(types, service).dependency(service))
    .sort((a, b) => compareText(a.name, b.name));
}

/** Whether a process may not set the variable: flotilla, Fly or a service type does. */
export function isReservedFor(types: ServiceTypes, name: string): boolean {
  return (
    isReservedName(name) || Object.values(types).some(({ variables }) => variables.includes(name))
  );
}

/** App secrets that stack `global` makes itself. */
export function madeSecrets(types: ServiceTypes, spec: Spec): ReadonlySet<string> {
  return new Set([
    ...(spec.fleet.tls.mode === "origin-cert" ? TLS_SECRETS : []),
    ...typesIn(types, spec).flatMap(({ secrets }) => secrets.made),
  ]);
}

/** The types that the spec has a service of, in the order of `types`. */
export function typesIn(types: ServiceTypes, spec: Spec): ServiceType[] {
  return Object.values(types).filter(({ name }) => spec.services.some(({ type }) => type === name));
}
