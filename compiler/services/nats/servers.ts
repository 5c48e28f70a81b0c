import type { RegionCode } from "../../catalog/fly-regions.ts";
import { FLY_REGIONS } from "../../catalog/fly-regions.ts";
import { GUEST_PORTS } from "../../catalog/guest-ports.ts";
import { hostSlots, regionalHostname, slotAddress } from "../../model/names.ts";
import { countsIn } from "../../model/spec.ts";
import type { Fleet } from "../../model/spec.ts";
import { isRouted } from "../registry.ts";
import type { HostContext, HostPosition, RouteRequest, RouteTarget } from "../service-type.ts";
import type { NatsDetails, NatsService } from "./service.ts";

/** Number of JetStream servers of a region: its first hosts are servers, the others leaf nodes. */
export function coreHosts(nats: NatsService, region: RegionCode): number {
  const counts = nats.regions[region];
  return counts === undefined || counts.replicas === 0 ? 0 : counts.jetstream.servers;
}

/** The region that all others link to. */
function hubOf(nats: NatsService): RegionCode | undefined {
  if (nats.hub !== undefined) return nats.hub;
  const regions = Object.entries(nats.regions).filter(([, counts]) => counts.replicas > 0);
  return regions[0]?.[0] as RegionCode | undefined;
}

/**
 * Plans NATS on one host: a JetStream server (core) or a leaf node of the region's servers. A region's servers are leaf
 * nodes of the hub's, so losing a region or the hub leaves every other region's JetStream at work.
 *
 * @throws if NATS doesn't run in the region
 */
export function planNats(nats: NatsService, host: HostContext): NatsDetails {
  const { spec, region, index } = host;
  const servers = coreHosts(nats, region);
  const core = (code: RegionCode): string[] =>
    hostSlots(spec.fleet.app, code, coreHosts(nats, code));
  const hub = hubOf(nats);
  const jetstream = nats.regions[region]?.jetstream;
  if (jetstream === undefined) throw new Error(`no NATS in ${region}`);
  const origins = isRouted(host.types, spec, nats.name) ? originsOf(spec.fleet) : undefined;
  const base = { domain: region, jetstream, origins };
  if (index >= servers) return { ...base, role: "leaf", remotes: core(region), routes: [] };
  return {
    ...base,
    role: "core",
    remotes: hub === undefined || hub === region ? [] : core(hub),
    routes: servers > 1 ? core(region) : [],
  };
}

/** Every name that may ever be served, so that an additional region changes nothing. */
function originsOf({ hostnames, regionalHostnames: pattern }: Fleet): string[] {
  const regional =
    pattern === undefined ? [] : FLY_REGIONS.map((code) => regionalHostname(pattern, code));
  return [...new Set([...hostnames, ...regional])];
}

/** Servers differ from leaf nodes; a host without NATS asks one of the servers, each host its own. */
export function variantOf(nats: NatsService, { region, index, isHere }: HostPosition): string {
  const servers = coreHosts(nats, region);
  if (index < servers) return "core";
  return servers > 0 && !isHere ? `asks ${index % servers}` : "leaf";
}

/** Where a process finds NATS: its host's own, else one of the region's servers; undefined where there is none. */
export function natsUrl(nats: NatsService, place: HostPosition): string | undefined {
  const { spec, region, index } = place;
  if (place.isHere) return `nats://127.0.0.1:${GUEST_PORTS.natsClients}`;
  const servers = coreHosts(nats, region);
  if (servers === 0) return undefined;
  return `nats://${slotAddress(spec.fleet.app, region, index % servers)}:${GUEST_PORTS.natsClients}`;
}

/**
 * Routes lead to the host's own NATS first, then to every host slot of the region. The own one is 127.0.0.1, so that all
 * hosts carry the same bytes.
 */
export function natsRoute(nats: NatsService, { plan }: RouteRequest): RouteTarget | undefined {
  const { spec, region } = plan;
  if (countsIn(nats, region.code).max === 0) return undefined;
  const hosts = ["127.0.0.1", ...hostSlots(spec.fleet.app, region.code, region.maxHosts)];
  return { dial: hosts.map((host) => `${host}:${GUEST_PORTS.natsWebsocket}`), policy: "first" };
}
