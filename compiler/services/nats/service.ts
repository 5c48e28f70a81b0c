import type { z } from "zod";
import type { RegionCode } from "../../catalog/fly-regions.ts";
import { resolveRegions } from "../../model/region-counts.ts";
import type { RegionCounts, Service } from "../../model/spec.ts";
import type { ServiceBase } from "../service-type.ts";
import type { natsSchema } from "./schema.ts";

export interface NatsService extends Service<NatsRegion> {
  /** As written; undefined: the only region with NATS. */
  readonly hub: RegionCode | undefined;
}

export interface NatsRegion extends RegionCounts {
  readonly jetstream: JetstreamSpec;
}

export interface JetstreamSpec {
  readonly servers: number;
  readonly storageGb: number;
  readonly memoryMb: number;
}

/** NATS on one host. */
export interface NatsDetails {
  /** JetStream server, or leaf node of the region's servers. */
  readonly role: "core" | "leaf";
  readonly domain: RegionCode;
  readonly jetstream: JetstreamSpec;
  /** DNS names of the servers this one links to as a leaf node. */
  readonly remotes: readonly string[];
  /** DNS names of all servers of the region's cluster, itself included; empty for one server. */
  readonly routes: readonly string[];
  /** Hostnames whose pages may open a WebSocket; undefined: no route leads here, so there is no listener. */
  readonly origins: readonly string[] | undefined;
}

export type NatsSource = z.output<typeof natsSchema>;

export function normalizeNats(
  given: NatsSource,
  base: ServiceBase,
  fleetRegions: readonly RegionCode[],
): NatsService {
  return {
    ...base,
    hub: given.hub,
    regions: resolveRegions(given.regions, fleetRegions, (region) => {
      const { servers, storage_gb, memory_mb } = region.jetstream ?? given.jetstream;
      return { jetstream: { servers, storageGb: storage_gb, memoryMb: memory_mb } };
    }),
  };
}
