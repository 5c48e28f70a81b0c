import { stringify } from "yaml";
import type { SpecFile } from "../compiler/compile.ts";

/**
 * Returns a fleet that only serves files: `hosts` by region, each with a Caddy, and room for `maxHosts` in each region.
 */
export function siteSpecs(hosts: Readonly<Record<string, number>>, maxHosts: number): SpecFile[] {
  const byRegion = <T>(make: (count: number) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(hosts).map(([code, count]) => [code, make(count)]));
  return [
    {
      path: "specs/fleet.yaml",
      text: stringify({
        kind: "Fleet",
        name: "acme",
        organization: "personal",
        image: `registry.fly.io/acme@sha256:${"4f".repeat(32)}`,
        zone: "example.com",
        hostnames: ["app.example.com"],
        regions: byRegion(() => ({ max_hosts: maxHosts })),
      }),
    },
    {
      path: "specs/services/caddy.yaml",
      text: stringify({
        kind: "Service",
        name: "caddy",
        type: "caddy",
        regions: byRegion((count) => ({ replicas: count, max: maxHosts })),
        routes: [{ path: ["/*"], root: "www" }],
      }),
    },
  ];
}
