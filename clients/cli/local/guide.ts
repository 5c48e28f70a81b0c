/** What `local up` prints when everything runs: where it is, and lines to copy. */
import type { GlobalDesired, RegionDesired } from "../../../compiler/compile.ts";
import type { CloudInfo } from "../../../local/index.ts";

export interface GuideInput {
  readonly info: CloudInfo;
  readonly global: GlobalDesired;
  readonly regions: readonly RegionDesired[];
}

export function formatGuide({ info, global, regions }: GuideInput): string {
  const region = regions[0]?.region ?? "iad";
  const port = info.edges.find((edge) => edge.region === region)?.port ?? 8443;
  const names = global.dns.records.map((record) => record.name);
  const everywhere = names[0] ?? global.dns.zone;
  const regional = names.find((name) => name.includes(region)) ?? everywhere;
  const curl = (name: string, path: string): string =>
    `curl --cacert ${info.caFile} --resolve ${name}:${port}:127.0.0.1 https://${name}:${port}${path}`;
  return [
    "",
    `Fly API         ${info.fly}`,
    `Cloudflare API  ${info.cloudflare}`,
    ...info.edges.map((edge) => `Edge near ${edge.region}   ${edge.url}`),
    "",
    "Open it:",
    `  ${curl(everywhere, "/")}`,
    "Publish a job, and see its record:",
    `  npx flotilla local publish ${region} "hello"`,
    `  ${curl(regional, "/api/collections/results/records")}`,
    "Kill a host, and have it put back:",
    `  eval "$(npx flotilla local env)"`,
    `  npx flotilla local kill ${region}-0`,
    `  pulumi up --yes -s ${region}`,
    "Scale: change replicas in specs/services/caddy.yaml, then",
    `  pulumi up --yes -s ${region}`,
    "",
  ].join("\n");
}
