import type { RegionCode } from "../catalog/fly-regions.ts";

/** `iad-0`: Machine name, metadata `host`, logical name. */
export function hostName(region: RegionCode, index: number): string {
  return `${region}-${index}`;
}

/** `iad_0_data`: Fly allows letters, digits and underscores in volume names. */
export function volumeName(region: RegionCode, index: number): string {
  return `${region}_${index}_data`;
}

/** `worker-0`: one process on its host. */
export function slotName(service: string, slot: number): string {
  return `${service}-${slot}`;
}

/** `mail-out` → `MAIL_OUT`, for names of environment variables. */
export function environmentName(service: string): string {
  return service.toUpperCase().replaceAll("-", "_");
}

/**
 * The DNS name of a host slot by its Machine's metadata, known before the Machine exists; only a started one
 * resolves. Source: https://fly.io/docs/networking/private-networking/
 */
export function slotAddress(app: string, region: RegionCode, index: number): string {
  return `${hostName(region, index)}.host.kv._metadata.${app}.internal`;
}

/** DNS names of a region's first host slots. */
export function hostSlots(app: string, region: RegionCode, count: number): string[] {
  return Array.from({ length: count }, (_, index) => slotAddress(app, region, index));
}

/** `app-{region}.example.com` and `fra` → `app-fra.example.com`. */
export function regionalHostname(pattern: string, region: RegionCode): string {
  return pattern.replace("{region}", region);
}
