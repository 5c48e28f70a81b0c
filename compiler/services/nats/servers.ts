import { FLY_REGIONS } from "../../catalog/fly-regions.ts";
import type { RegionCode } from "../../catalog/fly-regions.ts";
import { GUEST_PORTS } from "../../catalog/guest-ports.ts";
import { countsIn, serviceOfType } from "../../model/spec.ts";
import type { NatsService, Service, Spec } from "../../model/spec.ts";
import { regionalHostname, slotAddress } from "../../model/names.ts";
import type { NatsPlan } from "../../model/plan.ts";

/** JetStream servers of a region: its first hosts. */
function coreHosts(nats: NatsService, region: RegionCode): number {
  const counts = nats.regions[region];
  return counts === undefined || counts.replicas === 0 ? 0 : counts.jetstream.servers;
}

/** The region all others link to. */
function hubOf(nats: NatsService): RegionCode | undefined {
  if (nats.hub !== undefined) return nats.hub;
  const regions = Object.entries(nats.regions).filter(([, counts]) => counts.replicas > 0);
  return regions[0]?.[0] as RegionCode | undefined;
}

/**
 * NATS on one host: a JetStream server (core) or a leaf node of the region's servers. A region's servers
 * are leaf nodes of the hub's, so losing a region or the hub leaves every other region's JetStream at work.
 */
export function planNats(
  spec: Spec,
  nats: NatsService,
  region: RegionCode,
  index: number,
): Omit<NatsPlan, "name" | "dependsOn"> {
  const { app } = spec.fleet;
  const servers = coreHosts(nats, region);
  const core = (code: RegionCode): string[] =>
    Array.from({ length: coreHosts(nats, code) }, (_, host) => slotAddress(app, code, host));
  const hub = hubOf(nats);
  const jetstream = nats.regions[region]?.jetstream;
  if (jetstream === undefined) throw new Error(`no NATS in ${region}`);
  const base = { service: nats, domain: region, jetstream, origins: originsOf(spec, nats) };
  if (index >= servers) return { ...base, role: "leaf", remotes: core(region), routes: [] };
  return {
    ...base,
    role: "core",
    remotes: hub === undefined || hub === region ? [] : core(hub),
    routes: servers > 1 ? core(region) : [],
  };
}

/** Every name that may ever be served, so that a region more changes nothing. */
function originsOf(spec: Spec, nats: NatsService): string[] | undefined {
  const routes = serviceOfType(spec, "caddy")?.routes ?? [];
  if (!routes.some(({ to }) => to === nats.name)) return undefined;
  const { hostnames, regionalHostnames: pattern } = spec.fleet;
  const regional =
    pattern === undefined ? [] : FLY_REGIONS.map((code) => regionalHostname(pattern, code));
  return [...new Set([...hostnames, ...regional])];
}

/** What of a host's place its servers and processes depend on, besides the services that are on it. */
export function variantOf(
  spec: Spec,
  region: RegionCode,
  index: number,
  infra: readonly Service[],
): string {
  const nats = serviceOfType(spec, "nats");
  const servers = nats === undefined ? 0 : coreHosts(nats, region);
  if (index < servers) return "core";
  const asksOthers = servers > 0 && !infra.some(({ type }) => type === "nats");
  return asksOthers ? `asks ${index % servers}` : "leaf";
}

/** Where a process finds NATS: its host's own, else one of the region's servers. */
export function natsUrl(
  spec: Spec,
  region: RegionCode,
  index: number,
  here: boolean,
): string | undefined {
  const nats = serviceOfType(spec, "nats");
  if (nats === undefined) return undefined;
  if (here) return `nats://127.0.0.1:${GUEST_PORTS.natsClients}`;
  const servers = coreHosts(nats, region);
  if (servers === 0) return undefined;
  return `nats://${slotAddress(spec.fleet.app, region, index % servers)}:${GUEST_PORTS.natsClients}`;
}

/** The region whose PocketBase serves `region`: the writer, or its own; undefined where there is none. */
export function pocketbaseRegion(spec: Spec, region: RegionCode): RegionCode | undefined {
  const pocketbase = serviceOfType(spec, "pocketbase");
  if (pocketbase === undefined) return undefined;
  if (pocketbase.writer !== undefined) return pocketbase.writer;
  return countsIn(pocketbase, region).replicas > 0 ? region : undefined;
}

/** Where a process finds PocketBase: its host's own, else the region's, else the writer's. */
export function pocketbaseUrl(spec: Spec, region: RegionCode, here: boolean): string | undefined {
  if (here) return `http://127.0.0.1:${GUEST_PORTS.pocketbase}`;
  const home = pocketbaseRegion(spec, region);
  if (home === undefined) return undefined;
  return `http://${slotAddress(spec.fleet.app, home, 0)}:${GUEST_PORTS.pocketbase}`;
}
