/** Fly's regions (docs: reference/regions), sorted by code: the index is part of a Machine's loopback address. */

export interface Region {
  readonly code: string;
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly geo: "north_america" | "south_america" | "europe" | "asia_pacific" | "africa";
}

export const REGIONS: readonly Region[] = [
  { code: "ams", name: "Amsterdam, Netherlands", latitude: 52.37, longitude: 4.9, geo: "europe" },
  { code: "arn", name: "Stockholm, Sweden", latitude: 59.65, longitude: 17.92, geo: "europe" },
  { code: "bom", name: "Mumbai, India", latitude: 19.09, longitude: 72.87, geo: "asia_pacific" },
  { code: "cdg", name: "Paris, France", latitude: 48.86, longitude: 2.35, geo: "europe" },
  {
    code: "dfw",
    name: "Dallas, Texas (US)",
    latitude: 32.78,
    longitude: -96.8,
    geo: "north_america",
  },
  {
    code: "ewr",
    name: "Secaucus, NJ (US)",
    latitude: 40.79,
    longitude: -74.06,
    geo: "north_america",
  },
  { code: "fra", name: "Frankfurt, Germany", latitude: 50.11, longitude: 8.68, geo: "europe" },
  {
    code: "gru",
    name: "Sao Paulo, Brazil",
    latitude: -23.55,
    longitude: -46.63,
    geo: "south_america",
  },
  {
    code: "iad",
    name: "Ashburn, Virginia (US)",
    latitude: 39.02,
    longitude: -77.54,
    geo: "north_america",
  },
  {
    code: "jnb",
    name: "Johannesburg, South Africa",
    latitude: -26.2,
    longitude: 28.05,
    geo: "africa",
  },
  {
    code: "lax",
    name: "Los Angeles, California (US)",
    latitude: 34.05,
    longitude: -118.24,
    geo: "north_america",
  },
  { code: "lhr", name: "London, United Kingdom", latitude: 51.52, longitude: -0.6, geo: "europe" },
  { code: "nrt", name: "Tokyo, Japan", latitude: 35.62, longitude: 139.75, geo: "asia_pacific" },
  {
    code: "ord",
    name: "Chicago, Illinois (US)",
    latitude: 41.89,
    longitude: -87.64,
    geo: "north_america",
  },
  {
    code: "sin",
    name: "Singapore, Singapore",
    latitude: 1.3,
    longitude: 103.86,
    geo: "asia_pacific",
  },
  {
    code: "sjc",
    name: "San Jose, California (US)",
    latitude: 37.35,
    longitude: -121.96,
    geo: "north_america",
  },
  {
    code: "syd",
    name: "Sydney, Australia",
    latitude: -33.87,
    longitude: 151.21,
    geo: "asia_pacific",
  },
  {
    code: "yyz",
    name: "Toronto, Canada",
    latitude: 43.64,
    longitude: -79.42,
    geo: "north_america",
  },
];

export const REGION_CODES: readonly string[] = REGIONS.map(({ code }) => code);

/** Fly's aliases for "somewhere there" (docs: machine-placement), each with what the local cloud picks. */
const ALIASES: Readonly<Record<string, string>> = {
  any: "iad",
  us: "iad",
  na: "iad",
  eu: "fra",
  apac: "sin",
  sa: "gru",
};

/** First usable entry of a preference list (`lhr,eu`); `iad` without one; undefined when none is a region. */
export function pickRegion(preferences: string | undefined): string | undefined {
  if (!preferences) return "iad";
  for (const entry of preferences.split(",")) {
    const code = ALIASES[entry.trim()] ?? entry.trim();
    if (REGION_CODES.includes(code)) return code;
  }
  return undefined;
}
