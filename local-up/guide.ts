/** What `local up` prints when everything runs: where it is, and lines to copy. */
import type { CloudInfo } from "../local/index.ts";
import type { CompiledFleet } from "./compiled-fleet.ts";

/** For process Machines also what a visitor can do. */
export function formatGuide(
  info: CloudInfo,
  { global, regionCodes }: CompiledFleet,
  {
    specs,
    state,
    isControlled,
  }: { readonly specs: string; readonly state?: string; readonly isControlled: boolean },
): string {
  const local = (command: string): string =>
    `  npx flotilla local ${command}${state === undefined ? "" : ` --state ${state}`}`;
  const region = regionCodes[0] ?? "iad";
  const records = global.dns.records.filter((record) => record.type !== "TXT");
  const everywhere = records.find((record) => record.region === undefined)?.name;
  const regional = records.find((record) => record.region === region)?.name ?? everywhere;
  const port = info.edges.find((edge) => edge.region === region)?.port;
  const curl = (name: string, path: string): string =>
    `curl --cacert ${info.caFile} --resolve ${name}:${port}:127.0.0.1 https://${name}:${port}${path}`;
  const visitor =
    info.mode === "simulated" || everywhere === undefined || regional === undefined
      ? []
      : [
          "Open it:",
          `  ${curl(everywhere, "/")}`,
          "Publish a job, and see its record:",
          local(`publish ${region} "hello"`),
          `  ${curl(regional, "/api/collections/results/records")}`,
        ];
  return [
    "",
    `Fly API         ${info.fly}`,
    `Cloudflare API  ${info.cloudflare}`,
    ...info.edges.map((edge) => `Edge near ${edge.region}   ${edge.url}`),
    "",
    ...visitor,
    "Commands and pulumi in this shell:",
    `  eval "$(${local(`env --specs ${specs}`).trim()})"`,
    ...(isControlled ? controlled(region, local) : byHand(region, specs, local)),
    "",
  ].join("\n");
}

/** A controller repairs, and scales inside bounds. */
function controlled(region: string, local: (command: string) => string): string[] {
  return [
    "Kill a host, and watch it being put back:",
    local(`kill ${region}-0`),
    "  npx flotilla status --watch",
    "Scale out for ten minutes:",
    `  npx flotilla scale burst caddy --region ${region} --to 4 --for 10m --reason "a try"`,
  ];
}

function byHand(region: string, specs: string, local: (command: string) => string): string[] {
  return [
    "Kill a host, and have it put back:",
    local(`kill ${region}-0`),
    `  pulumi up --yes -s ${region}`,
    `Scale: raise the replicas of a service in ${specs}, then`,
    `  pulumi up --yes -s ${region}`,
  ];
}
