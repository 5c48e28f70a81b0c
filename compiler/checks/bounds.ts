import { countPath } from "../model/count-path.ts";
import type { FleetRegion, RegionCounts, Service, Spec } from "../model/spec.ts";
import { typeOf } from "../services/registry.ts";
import type { CheckContext } from "../services/service-type.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose, hasPath } from "../text/source.ts";

/** E304, E305, E401, E402, W301, W307: replicas, their bounds and the hosts that must hold them. */
export function checkBounds({ spec, types }: CheckContext): Diagnostic[] {
  return spec.services.flatMap((service) => [
    ...checkWidth(spec, service),
    ...spec.fleet.regions.flatMap((region) => {
      const counts = service.regions[region.code];
      if (counts === undefined) return [];
      return [
        ...checkOrder(service, counts),
        ...(typeOf(types, service).singleReplica === undefined
          ? checkRoom(service, region, counts)
          : []),
        ...checkSpread(service, region, counts),
      ];
    }),
  ]);
}

function checkWidth({ fleet }: Spec, service: Service): Diagnostic[] {
  if (!service.isLocal || service.spread === 1) return [];
  const hosts = fleet.regions
    .filter(({ code }) => (service.regions[code]?.max ?? 0) > 0)
    .map(({ maxHosts }) => maxHosts);
  const most = Math.max(...hosts);
  if (hosts.length === 0 || service.spread <= most) return [];
  return [
    diagnose(service.source, {
      code: "W307",
      path: ["spread"],
      message: `spread over ${service.spread} hosts, but no region may have more than ${most}`,
      hint: `Set it to ${most}, or raise \`max_hosts\` in the Fleet.`,
    }),
  ];
}

function checkOrder(service: Service, { replicas, min, max, key }: RegionCounts): Diagnostic[] {
  if (replicas >= min && replicas <= max) return [];
  const written = (name: string): boolean => hasPath(service.source, ["regions", key, name]);
  if (min > max && written("min") && written("max"))
    return [
      diagnose(service.source, {
        code: "E305",
        path: ["regions", key, "min"],
        message: `min ${min} is above max ${max}`,
        hint: "Bounds are min ≤ replicas ≤ max.",
      }),
    ];
  return [
    diagnose(service.source, {
      code: "E304",
      path: ["regions", key, "replicas"],
      message:
        replicas < min
          ? `${replicas} replicas are below min ${min}`
          : `${replicas} replicas are above max ${max}`,
      hint: "Bounds are min ≤ replicas ≤ max; both default to `replicas`.",
    }),
  ];
}

function checkRoom(
  service: Service,
  region: FleetRegion,
  { max, key }: RegionCounts,
): Diagnostic[] {
  const perHost = service.maxPerHost;
  if (max <= region.maxHosts * perHost) return [];
  // A local service without `max_per_host` has a diagnostic for that.
  if (service.strategy === "local" && !hasPath(service.source, ["max_per_host"])) return [];
  const path = countPath(service, key, "max");
  if (service.strategy === "infra")
    return [
      diagnose(service.source, {
        code: "E401",
        path,
        message: `${max} replicas need ${max} hosts, but \`${region.code}\` may have ${region.maxHosts}`,
        hint: `Raise \`regions.${region.code}.max_hosts\` in the Fleet, or lower this.`,
      }),
    ];
  return [
    diagnose(service.source, {
      code: "E402",
      path,
      message: `${max} replicas don't fit \`${region.code}\`: ${region.maxHosts} hosts with ${perHost} each`,
      hint: `Raise \`max_per_host\` or the Fleet's \`regions.${region.code}.max_hosts\`, or lower this.`,
    }),
  ];
}

function checkSpread(
  service: Service,
  region: FleetRegion,
  { replicas, key }: RegionCounts,
): Diagnostic[] {
  if (!service.isLocal || replicas < 2) return [];
  if (Math.min(service.spread, region.maxHosts) > 1 || replicas > service.maxPerHost) return [];
  return [
    diagnose(service.source, {
      code: "W301",
      path: ["regions", key, "replicas"],
      message: `all ${replicas} replicas in \`${region.code}\` share host ${region.code}-0`,
      hint:
        region.maxHosts > 1
          ? "Set `spread: 2` to put them on two hosts."
          : `Set \`spread: 2\`, and the Fleet's \`regions.${region.code}.max_hosts\` to at least 2.`,
    }),
  ];
}
