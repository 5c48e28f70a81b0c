/** Distances between Fly's regions, which stand in for Anycast's routing. */
import { REGIONS } from "../machines/regions.ts";

const EARTH_RADIUS_KM = 6371;

/** Returns the great-circle distance in kilometres; infinite when one of them isn't a region of Fly. */
export function distanceKm(from: string, to: string): number {
  if (from === to) return 0;
  const [a, b] = [from, to].map((code) => REGIONS.find((region) => region.code === code));
  if (!a || !b) return Number.POSITIVE_INFINITY;
  const [lat1, lat2] = [radians(a.latitude), radians(b.latitude)];
  const [dLat, dLon] = [lat2 - lat1, radians(b.longitude - a.longitude)];
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(h));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
