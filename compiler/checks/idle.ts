import { countsIn } from "../model/spec.ts";
import type { FleetRegion, Service, Spec } from "../model/spec.ts";
import { dataHosts, entranceOf, isRouted } from "../services/registry.ts";
import type { CheckContext, ServiceTypes } from "../services/service-type.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose } from "../text/source.ts";

/** E214, W303: what Fly may stop while nobody visits. Hosts with data are rendered so that Fly never stops them. */
export function checkIdle(context: CheckContext): Diagnostic[] {
  return context.spec.fleet.regions.flatMap((region) =>
    // A Caddy whose document can't be read may well be there.
    region.keepOn === undefined || !context.isComplete
      ? []
      : [
          ...checkRegion(region, region.keepOn, context),
          ...checkWork(region, region.keepOn, context),
        ],
  );
}

function checkRegion(
  region: FleetRegion,
  keepOn: number,
  { spec, types }: CheckContext,
): Diagnostic[] {
  const { fleet } = spec;
  const path = ["regions", region.code, "idle"];
  if (entranceHosts(types, spec, region) === 0)
    return [
      diagnose(fleet.source, {
        code: "E214",
        path,
        anchor: "key",
        message: `no Caddy runs in \`${region.code}\`: Fly would neither stop nor wake a host there`,
        hint: "Remove `idle`, or give Caddy a replica there.",
      }),
    ];
  if (keepOn >= region.maxHosts)
    return [
      diagnose(fleet.source, {
        code: "E214",
        path: [...path, "keep"],
        message: `keep ${keepOn} is all of the region's ${region.maxHosts} hosts: none could go idle`,
        hint: `Set it below ${region.maxHosts}, or remove \`idle\`.`,
      }),
    ];
  if (keepOn > 0 || dataHosts(types, spec, region.code) > 0) return [];
  if (fleet.regionalHostnames === undefined || fleet.regions.length === 1) return [];
  return [
    diagnose(fleet.source, {
      code: "E214",
      path: [...path, "keep"],
      message: `other regions reach \`${region.code}\` over the private network, which wakes no host`,
      hint: "Set `keep` to at least 1: host 0 answers for the region's hostname.",
    }),
  ];
}

/** W303: a program that no route leads to works without visitors, so Fly would stop it at work. */
function checkWork(
  region: FleetRegion,
  keepOn: number,
  { spec, types }: CheckContext,
): Diagnostic[] {
  const on = Math.max(keepOn, dataHosts(types, spec, region.code));
  return spec.services.flatMap((service) => {
    const isServer = types[service.type]?.server !== undefined;
    if (isServer || isRouted(types, spec, service.name)) return [];
    const reach = Math.min(hostsOf(service, region), entranceHosts(types, spec, region));
    if (reach <= on) return [];
    const { key } = countsIn(service, region.code);
    return diagnose(service.source, {
      code: "W303",
      path: ["regions", key],
      anchor: "key",
      message: `\`${service.name}\` may run on hosts of \`${region.code}\` that Fly stops when nobody visits`,
      hint: `Set \`regions.${region.code}.idle.keep\` in the Fleet to ${reach}, if it works without visitors.`,
    });
  });
}

/** Number of first hosts that a service may come to. */
function hostsOf(service: Service, region: FleetRegion): number {
  const { max } = countsIn(service, region.code);
  if (!service.isLocal) return max;
  const spread = Math.min(service.spread, max);
  return Math.min(region.maxHosts, Math.max(spread, Math.ceil(max / service.maxPerHost)));
}

/** Number of first hosts that visitors may reach. */
function entranceHosts(types: ServiceTypes, spec: Spec, { code }: FleetRegion): number {
  const found = entranceOf(types, spec);
  return found === undefined ? 0 : countsIn(found.service, code).max;
}
