import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose } from "../text/source.ts";
import { countsIn, serviceOfType } from "../model/spec.ts";
import type { FleetRegion, ProcessService, Spec } from "../model/spec.ts";

/** E214, W303: what Fly may stop for want of visitors. Data hosts are no matter: rendering never lets them go. */
export function checkIdle(spec: Spec, complete: boolean): Diagnostic[] {
  return spec.fleet.regions.flatMap((region) =>
    // A Caddy whose document can't be read may well be there.
    region.keepOn === undefined || !complete
      ? []
      : [...checkRegion(spec, region, region.keepOn), ...checkWork(spec, region, region.keepOn)],
  );
}

function checkRegion(spec: Spec, region: FleetRegion, keepOn: number): Diagnostic[] {
  const { fleet } = spec;
  const path = ["regions", region.code, "idle"];
  if (caddyHosts(spec, region) === 0)
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
  if (keepOn > 0 || dataHosts(spec, region) > 0) return [];
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

/** A process that no route leads to works without visitors, so Fly would stop it at work. */
function checkWork(spec: Spec, region: FleetRegion, keepOn: number): Diagnostic[] {
  const on = Math.max(keepOn, dataHosts(spec, region));
  const routes = serviceOfType(spec, "caddy")?.routes ?? [];
  return spec.services.flatMap((service) => {
    if (service.type !== "process" || routes.some(({ to }) => to === service.name)) return [];
    const reach = Math.min(hostsOf(service, region), caddyHosts(spec, region));
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

/** Hosts from 0 that a process service may come to. */
function hostsOf(service: ProcessService, region: FleetRegion): number {
  const { max } = countsIn(service, region.code);
  if (service.strategy === "infra") return max;
  const spread = Math.min(service.spread, max);
  return Math.min(region.maxHosts, Math.max(spread, Math.ceil(max / service.maxPerHost)));
}

function caddyHosts(spec: Spec, region: FleetRegion): number {
  const caddy = serviceOfType(spec, "caddy");
  return caddy === undefined ? 0 : countsIn(caddy, region.code).max;
}

/** Hosts from 0 that have a volume. */
function dataHosts(spec: Spec, { code }: FleetRegion): number {
  const nats = serviceOfType(spec, "nats")?.regions[code];
  const servers = nats === undefined || nats.replicas === 0 ? 0 : nats.jetstream.servers;
  const database = serviceOfType(spec, "pocketbase")?.regions[code]?.replicas ?? 0;
  return Math.max(servers, database);
}
