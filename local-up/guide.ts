import type { RegionDesired } from "../compiler/compile.ts";
import type { CloudInfo } from "../local/index.ts";
import type { CompiledFleet } from "./compiled-fleet.ts";

export interface GuideOptions {
  /** Folder of the specs, as the person named it. */
  readonly specs: string;
  /** State folder, as the person named it; undefined: the default one. */
  readonly state: string | undefined;
  /** A controller runs beside the cloud. */
  readonly hasController: boolean;
}

/** Returns what `local up` prints when everything runs: addresses, and commands to copy. */
export function formatGuide(
  cloud: CloudInfo,
  fleet: CompiledFleet,
  { specs, state, hasController }: GuideOptions,
): string {
  const local = (command: string): string =>
    `npx flotilla local ${command}${state === undefined ? "" : ` --state ${state}`}`;
  const code = fleet.regionCodes[0] ?? "iad";
  const region = fleet.regions.find((each) => each.region === code);
  return [
    "",
    `Fly API         ${cloud.fly}`,
    `Cloudflare API  ${cloud.cloudflare}`,
    ...cloud.edges.map((edge) => `Edge near ${edge.region}   ${edge.url}`),
    "",
    ...visitorLines(cloud, fleet, code, local),
    "Commands and pulumi in this shell:",
    `  eval "$(${local(`env --specs ${specs}`)})"`,
    ...(hasController ? controllerLines(code, region, local) : byHandLines(code, specs, local)),
    "",
  ].join("\n");
}

type LocalCommand = (command: string) => string;

/** What a visitor of the sample can do; nothing on simulated Machines, which serve nothing. */
function visitorLines(
  cloud: CloudInfo,
  { global }: CompiledFleet,
  region: string,
  local: LocalCommand,
): string[] {
  const records = global.dns.records.filter((record) => record.type !== "TXT");
  const everywhere = records.find((record) => record.region === undefined)?.name;
  const regional = records.find((record) => record.region === region)?.name ?? everywhere;
  if (cloud.mode === "simulated" || everywhere === undefined || regional === undefined) return [];
  const port = cloud.edges.find((edge) => edge.region === region)?.port;
  const curl = (name: string, path: string): string =>
    `curl --cacert ${cloud.caFile} --resolve ${name}:${port}:127.0.0.1 https://${name}:${port}${path}`;
  return [
    "Open it:",
    `  ${curl(everywhere, "/")}`,
    "Publish a job, and see its record:",
    `  ${local(`publish ${region} "hello"`)}`,
    `  ${curl(regional, "/api/collections/results/records")}`,
  ];
}

function controllerLines(
  code: string,
  region: RegionDesired | undefined,
  local: LocalCommand,
): string[] {
  const scalable = region?.services.find(({ controls }) => controls.burst.offered);
  return [
    "Kill a host, and watch the controller restore it:",
    `  ${local(`kill ${code}-0`)}`,
    "  npx flotilla status --watch",
    ...(scalable === undefined
      ? []
      : [
          "Scale out for ten minutes:",
          `  npx flotilla scale burst ${scalable.name} --region ${code} --to ${scalable.max} --for 10m --reason "a try"`,
        ]),
  ];
}

function byHandLines(code: string, specs: string, local: LocalCommand): string[] {
  return [
    "Kill a host, and restore it:",
    `  ${local(`kill ${code}-0`)}`,
    `  pulumi up --yes -s ${code}`,
    `Scale: raise the replicas of a service in ${specs}, then`,
    `  pulumi up --yes -s ${code}`,
  ];
}
