import type { z } from "zod";
import type { RegionCode } from "../../catalog/fly-regions.ts";
import { resolveRegions } from "../../model/region-counts.ts";
import type { RegionCounts, Service } from "../../model/spec.ts";
import type { ServiceBase } from "../service-type.ts";
import type { caddySchema } from "./schema.ts";

export interface CaddyService extends Service<CaddyRegion> {
  /** The first that matches a request wins. */
  readonly routes: readonly Route[];
}

interface CaddyRegion extends RegionCounts {
  readonly concurrency: ConcurrencySpec;
}

/** Fly's limits for one host. */
export interface ConcurrencySpec {
  readonly type: "connections" | "requests";
  readonly softLimit: number;
  /** Undefined: Fly sends no visitor to another region. */
  readonly hardLimit: number | undefined;
}

export interface Route {
  readonly paths: readonly string[];
  readonly to: string | undefined;
  readonly port: string | undefined;
  readonly root: string | undefined;
  readonly index: readonly string[] | undefined;
  readonly fallback: string | undefined;
  readonly stripPrefix: string | undefined;
  /** Header name → value, literally. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>>;
}

export type CaddySource = z.output<typeof caddySchema>;

/** Limits where the spec has none: far above what one small host serves at once, so that overload spills. */
const CONCURRENCY: ConcurrencySpec = { type: "connections", softLimit: 500, hardLimit: 1000 };

export function normalizeCaddy(
  given: CaddySource,
  base: ServiceBase,
  fleetRegions: readonly RegionCode[],
): CaddyService {
  return {
    ...base,
    regions: resolveRegions(given.regions, fleetRegions, (region) => ({
      concurrency: concurrencyOf(region.concurrency ?? given.concurrency),
    })),
    routes: given.routes.map((route) => ({
      paths: route.path,
      to: route.to,
      port: route.port,
      root: route.root,
      index: route.index,
      fallback: route.fallback,
      stripPrefix: route.strip_prefix,
      requestHeaders: route.headers?.request ?? {},
      responseHeaders: route.headers?.response ?? {},
    })),
  };
}

function concurrencyOf(given: CaddySource["concurrency"]): ConcurrencySpec {
  if (given === undefined) return CONCURRENCY;
  return { type: given.type, softLimit: given.soft_limit, hardLimit: given.hard_limit };
}
