import type { FleetRegion, Service } from "../model/spec.ts";

/**
 * Returns the processes of a `local` service per host: round-robin over the first `spread` hosts until each has
 * `maxPerHost`, then host by host. The result depends on nothing else, so an additional host moves no replica.
 */
export function placeLocal(replicas: number, spread: number, maxPerHost: number): number[] {
  const spreadOut = Math.min(replicas, spread * maxPerHost);
  const hosts = Array.from({ length: Math.min(spread, spreadOut) }, (_, host) =>
    Math.ceil((spreadOut - host) / spread),
  );
  for (let left = replicas - spreadOut; left > 0; left -= maxPerHost)
    hosts.push(Math.min(left, maxPerHost));
  return hosts;
}

/** Returns the slots per host of a local service; a region with fewer hosts than `spread` uses those it may have. */
export function placementOf(service: Service, region: FleetRegion, replicas: number): number[] {
  return placeLocal(replicas, Math.min(service.spread, region.maxHosts), service.maxPerHost);
}
