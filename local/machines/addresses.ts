/**
 * The loopback addresses of process Machines, `127.<cloud>.<region>.<host>`: computed, so that a host slot has its address
 * before it has a Machine.
 */
import { REGION_CODES } from "./regions.ts";

/** Most apps of one cloud: their blocks of 20 regions fit in one octet. */
export const MAX_APPS = 12;

export interface LoopbackSlot {
  /** 2..250 for clouds; tests may use 1. */
  readonly octet: number;
  /** Index of the app within the cloud, from 0. */
  readonly appIndex: number;
  readonly region: string;
  /** From 0: `iad-3` has 3. */
  readonly hostIndex: number;
}

/** Returns undefined for an unknown region, and beyond what the octets can express. */
export function placeAddress(place: LoopbackSlot): string | undefined {
  const regionIndex = REGION_CODES.indexOf(place.region);
  const third = regionIndex + 1 + 20 * place.appIndex;
  const fourth = place.hostIndex + 1;
  if (regionIndex < 0 || place.appIndex >= MAX_APPS || fourth > 254) return undefined;
  return `127.${place.octet}.${third}.${fourth}`;
}

/** Host indexes below this belong to names like `iad-7`; Machines with other names get one from here on. */
export const FIRST_UNNAMED = 100;

/** Returns the index in `<region>-<n>`, or undefined for any other name. */
export function hostIndexOf(name: string, region: string): number | undefined {
  const match = /^(.+)-(0|[1-9]\d?)$/.exec(name);
  return match?.[1] === region ? Number(match[2]) : undefined;
}
