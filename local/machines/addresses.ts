/**
 * Where a process Machine listens: `127.<cloud>.<region>.<host>`. Pure arithmetic, so that a host that doesn't exist
 * yet already has the address its name will have.
 */
import { REGION_CODES } from "./regions.ts";

/** Apps of one cloud whose blocks of 20 regions fit in one octet. */
export const MAX_APPS = 12;

export interface HostPlace {
  /** 2..250 for clouds; tests may use 1. */
  readonly octet: number;
  /** Order in which the cloud's apps were made, from 0. */
  readonly appIndex: number;
  readonly region: string;
  /** From 0: `iad-3` has 3. */
  readonly hostIndex: number;
}

/** Undefined for a region Fly doesn't have, or beyond what the octets hold. */
export function placeAddress(place: HostPlace): string | undefined {
  const regionIndex = REGION_CODES.indexOf(place.region);
  const third = regionIndex + 1 + 20 * place.appIndex;
  const fourth = place.hostIndex + 1;
  if (regionIndex < 0 || place.appIndex >= MAX_APPS || fourth > 254) return undefined;
  return `127.${place.octet}.${third}.${fourth}`;
}

/** Host indexes below this belong to names like `iad-7`; other Machines get one from here on. */
export const FIRST_UNNAMED = 100;

/** The index in `<region>-<n>`, or undefined for any other name. */
export function hostIndexOf(name: string, region: string): number | undefined {
  const match = /^(.+)-(0|[1-9]\d?)$/.exec(name);
  return match?.[1] === region ? Number(match[2]) : undefined;
}
