/** What a change costs per month, from the list prices in `prices.ts`. An estimate, and it says so. */
import type { HostDesired, RegionDesired } from "../model/desired.ts";
import type { PriceChange } from "./change.ts";
import type { FleetDesired } from "./fleet.ts";
import { PRICES } from "../catalog/prices.ts";

export function planPriceChange(
  before: FleetDesired | undefined,
  after: FleetDesired,
): PriceChange {
  const kept = keptVolumesGb(before, after);
  const from = priceOf(before);
  const to = priceOf(after) + kept * PRICES.volumePerGb;
  return {
    estimate: true,
    currency: "USD",
    before: cents(from),
    after: cents(to),
    difference: cents(to - from),
    asOf: PRICES.asOf,
    source: PRICES.source,
    notes: [
      "Machines, volumes and Fly's certificates at list price for 30 days; no traffic, snapshots, discounts or taxes",
      ...(hasStopped(before) || hasStopped(after)
        ? ["stopped hosts cost only their root file system (0.15 per GB), which isn't counted"]
        : []),
      ...(hostsOf(after).some(mayIdle)
        ? ["hosts that Fly stops while nobody visits are counted as if they always ran"]
        : []),
      ...(kept > 0
        ? [`${kept} GB of volumes without a host are kept and cost until they are pruned`]
        : []),
    ],
  };
}

/** Dollars per 30 days of one host, its volume included. */
function priceOfHost(host: HostDesired): number {
  const storage = (host.volume?.sizeGb ?? 0) * PRICES.volumePerGb;
  return host.state === "started" ? storage + priceOfMachine(host) : storage;
}

function priceOfMachine({ config, region }: HostDesired): number {
  const { cpu_kind: kind, cpus, memory_mb: memoryMb } = config.guest;
  const perCpu = PRICES.perCpu[kind];
  const extraGb = Math.max(0, memoryMb - cpus * perCpu.memoryMb) / 1024;
  const factors: Readonly<Record<string, number>> = PRICES.regionFactor;
  return (cpus * perCpu.dollars + extraGb * PRICES.memoryPerGb) * (factors[region] ?? 1);
}

function priceOf(fleet: FleetDesired | undefined): number {
  return hostsOf(fleet).reduce((sum, host) => sum + priceOfHost(host), priceOfCertificates(fleet));
}

function priceOfCertificates(fleet: FleetDesired | undefined): number {
  const certificate = fleet?.global.certificate;
  if (certificate?.mode !== "fly-edge") return 0;
  const { dollars, free } = PRICES.perCertificate;
  return Math.max(0, certificate.hostnames.length - free) * dollars;
}

/** Volumes whose host goes or no longer has one: Pulumi never deletes them. */
function keptVolumesGb(before: FleetDesired | undefined, after: FleetDesired): number {
  const still = new Set(hostsOf(after).flatMap(({ volume }) => volume?.name ?? []));
  return hostsOf(before)
    .flatMap(({ volume }) => volume ?? [])
    .filter(({ name }) => !still.has(name))
    .reduce((sum, { sizeGb }) => sum + sizeGb, 0);
}

function hasStopped(fleet: FleetDesired | undefined): boolean {
  return hostsOf(fleet).some(({ state }) => state === "stopped");
}

function mayIdle({ config }: HostDesired): boolean {
  return config.services.some(({ autostop }) => autostop !== "off");
}

function hostsOf(fleet: FleetDesired | undefined): readonly HostDesired[] {
  return regionsOf(fleet).flatMap(({ hosts }) => hosts);
}

function regionsOf(fleet: FleetDesired | undefined): readonly RegionDesired[] {
  return fleet?.regions.map(({ desired }) => desired) ?? [];
}

function cents(dollars: number): number {
  return Math.round(dollars * 100) / 100;
}
