import type { z } from "zod";
import type { RegionCode } from "../../catalog/fly-regions.ts";
import type { SlotPlan } from "../../model/plan.ts";
import { resolveRegions } from "../../model/region-counts.ts";
import type { RegionCounts, Service } from "../../model/spec.ts";
import type { ProbeTimes, ServiceBase } from "../service-type.ts";
import type { processSchema } from "./schema.ts";

export interface ProcessService extends Service<ProcessRegion> {
  readonly command: readonly string[];
  readonly workingDir: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly dependsOn: readonly string[];
  readonly probe: ReadinessProbe | undefined;
}

interface ProcessRegion extends RegionCounts {
  /** The service's environment with the region's over it. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ReadinessProbe extends ProbeTimes {
  /** In a checked spec exactly one of `http` and `exec` is there. */
  readonly http: { readonly port: string; readonly path: string } | undefined;
  readonly exec: { readonly command: readonly string[] } | undefined;
  readonly initialDelaySeconds: number;
}

/** A slot's own part of its environment. */
export interface SlotDetails {
  readonly ports: Readonly<Record<string, number>>;
  /** The spec's environment of this region. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the slot finds other services, e.g. `NATS_URL`. */
  readonly provided: Readonly<Record<string, string>>;
}

export type ProcessSlot = SlotPlan<ProcessService, SlotDetails>;

export type ProcessSource = z.output<typeof processSchema>;

export function normalizeProcess(
  given: ProcessSource,
  base: ServiceBase,
  fleetRegions: readonly RegionCode[],
): ProcessService {
  return {
    ...base,
    regions: resolveRegions(given.regions, fleetRegions, (region) => ({
      environment: { ...given.environment, ...region.environment },
    })),
    command: given.command,
    workingDir: given.working_dir,
    environment: given.environment,
    secrets: given.secrets,
    ports: given.ports,
    dependsOn: given.depends_on,
    probe: probeOf(given.readiness_probe, base.startTimeoutSeconds),
    restart: {
      policy: given.restart,
      maxRestarts: given.max_restarts,
      delaySeconds: given.restart_delay,
    },
    maxPerHost: base.isLocal ? (given.max_per_host ?? 1) : 1,
    spread: given.spread ?? 1,
  };
}

function probeOf(
  given: ProcessSource["readiness_probe"],
  startSeconds: number,
): ReadinessProbe | undefined {
  if (given === undefined) return undefined;
  const initialDelaySeconds = given.initial_delay ?? 0;
  const failures = Math.ceil((startSeconds - initialDelaySeconds) / given.period);
  return {
    http: given.http,
    exec: given.exec,
    initialDelaySeconds,
    periodSeconds: given.period,
    timeoutSeconds: given.timeout,
    failureThreshold: given.failure_threshold ?? Math.max(failures, 1),
  };
}
