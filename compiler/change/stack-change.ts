/** What a change does to one stack. */
import { isDeepStrictEqual } from "node:util";
import { TLS_SECRETS } from "../catalog/secrets.ts";
import type {
  CertificateDesired,
  FlyCertificatesDesired,
  GlobalDesired,
  HostDesired,
  OriginCertificateDesired,
  RegionDesired,
} from "../model/desired.ts";
import type {
  CertificateChange,
  HostChange,
  RecordChange,
  StackChange,
  VolumeChange,
} from "./change.ts";
import type { FleetReach, RegionSide } from "./fleet.ts";
import { hostNames, planHostChange } from "./host-change.ts";
import { planRemarks } from "./change-remarks.ts";
import { planGlobalOperations, planRegionOperations } from "./operations.ts";
import type { PlannedOperation } from "./operations.ts";
import { planDataDowntime } from "./data-downtime.ts";

export function planGlobalStack(
  before: GlobalDesired | undefined,
  after: GlobalDesired,
): StackChange {
  const planned = planGlobalOperations(before, after);
  const operations = planned.map(({ operation }) => operation);
  const presence = before === undefined ? "new" : "kept";
  return {
    stack: "global",
    presence,
    commands: commandsFor("global", presence, operations.length > 0),
    operations,
    hosts: [],
    volumes: [],
    records: recordChanges(planned),
    certificate: certificateChange(before, after),
    checks: false,
    pauses: [],
    refused:
      before === undefined || isDeepStrictEqual(before.app, after.app)
        ? []
        : [
            `app ${before.app.name} can't be replaced while it has Machines: destroy every region's stack first, or deploy ${after.app.name} as a fleet of its own`,
          ],
    notes: modeNotes(before, after),
  };
}

/** Between the two runs, hosts still serve as before what `global` has made ready for as after. */
function modeNotes(before: GlobalDesired | undefined, after: GlobalDesired): string[] {
  if (before === undefined || before.certificate.mode === after.certificate.mode) return [];
  return [
    after.certificate.mode === "fly-edge"
      ? "from this run to a region's own, hosts there that boot find no origin certificate: run the regions right after, once `fly certs list` shows the certificates as active"
      : "Fly's certificates go with this run: from it to a region's own `pulumi up`, visitors can't connect there",
  ];
}

export function planRegionStack(
  before: RegionSide | undefined,
  after: RegionSide | undefined,
  reach: FleetReach,
): StackChange {
  const stack = (after ?? before)?.desired.stack ?? "";
  const presence = before === undefined ? "new" : after === undefined ? "left" : "kept";
  const hosts = hostChanges(before, after, reach);
  const planned = planRegionOperations(stack, before?.desired, after?.desired, hosts);
  const operations = planned.map(({ operation }) => operation);
  const volumes = volumeChanges(before?.desired, after?.desired);
  return {
    stack,
    presence,
    commands: commandsFor(stack, presence, operations.length > 0),
    operations,
    hosts,
    volumes: volumes.filter(({ fromGb, toGb, effect }) => effect !== "grow" || toGb > fromGb),
    records: [],
    certificate: undefined,
    checks: after !== undefined && planned.some(({ resource }) => resource.kind === "check"),
    pauses: planDataDowntime(stack, hosts, before, after),
    refused: volumes
      .filter(({ fromGb, toGb, effect }) => effect === "grow" && toGb < fromGb)
      .map(
        ({ volume, fromGb, toGb }) =>
          `volume ${volume} can't shrink from ${fromGb} GB to ${toGb} GB: Fly only grows volumes`,
      ),
    notes: before && after ? planRemarks(before.desired, after.desired) : [],
  };
}

/** Secrets whose values `global` replaces: each host that reads one boots again. */
export function renewedSecrets(
  before: GlobalDesired | undefined,
  after: GlobalDesired,
): ReadonlySet<string> {
  const isRenewed =
    before?.certificate.mode === "origin-cert" &&
    !isDeepStrictEqual(before.certificate, after.certificate);
  return new Set(isRenewed ? TLS_SECRETS : []);
}

function commandsFor(
  stack: string,
  presence: StackChange["presence"],
  hasOperations: boolean,
): string[] {
  if (presence === "left") return [`pulumi destroy -s ${stack}`, `pulumi stack rm ${stack}`];
  if (!hasOperations) return [];
  return [...(presence === "new" ? [`pulumi stack init ${stack}`] : []), `pulumi up -s ${stack}`];
}

function hostChanges(
  before: RegionSide | undefined,
  after: RegionSide | undefined,
  reach: FleetReach,
): HostChange[] {
  return hostNames(before?.desired, after?.desired).flatMap((name) => {
    const pair = { before: hostSide(before, name), after: hostSide(after, name) };
    return planHostChange(pair, reach) ?? [];
  });
}

function hostSide(
  side: RegionSide | undefined,
  name: string,
): { desired: HostDesired; roles: RegionSide["hosts"][string] } | undefined {
  const desired = side?.desired.hosts.find((host) => host.name === name);
  const roles = side?.hosts[name];
  return desired && roles ? { desired, roles } : undefined;
}

/** `grow` with a smaller size is what the engine refuses; the caller tells the two apart. */
function volumeChanges(
  before: RegionDesired | undefined,
  after: RegionDesired | undefined,
): VolumeChange[] {
  return hostNames(before, after).flatMap((host): VolumeChange[] => {
    const from = before?.hosts.find(({ name }) => name === host)?.volume;
    const to = after?.hosts.find(({ name }) => name === host)?.volume;
    const volume = (to ?? from)?.name;
    const [fromGb, toGb] = [from?.sizeGb ?? 0, to?.sizeGb ?? 0];
    if (volume === undefined || fromGb === toGb) return [];
    if (to === undefined) return [{ volume, host, effect: "keep", fromGb, toGb: fromGb }];
    return [{ volume, host, effect: from === undefined ? "create" : "grow", fromGb, toGb }];
  });
}

function recordChanges(planned: readonly PlannedOperation[]): RecordChange[] {
  return planned.flatMap(({ operation: { op }, resource }): RecordChange[] =>
    resource.kind === "record"
      ? [{ name: resource.hostname, effect: op === "replace" ? "update" : op }]
      : [],
  );
}

function certificateChange(
  before: GlobalDesired | undefined,
  after: GlobalDesired,
): CertificateChange | undefined {
  const [from, to] = [before?.certificate, after.certificate];
  if (from !== undefined && isDeepStrictEqual(from, to)) return undefined;
  return {
    from: generationOf(from),
    to: generationOf(to),
    hostnames: to.hostnames,
    text: to.mode === "fly-edge" ? describeFly(from, to) : describeOrigin(from, to),
  };
}

function generationOf(certificate: CertificateDesired | undefined): number | undefined {
  return certificate?.mode === "origin-cert" ? certificate.generation : undefined;
}

function describeFly(from: CertificateDesired | undefined, to: FlyCertificatesDesired): string {
  const known = from?.mode === "fly-edge" ? from.hostnames : [];
  const added = to.hostnames.filter((name) => !known.includes(name));
  const removed = known.filter((name) => !to.hostnames.includes(name));
  return [
    ...(added.length === 0
      ? []
      : [`Fly issues a certificate for ${added.join(" and for ")} once DNS has its records`]),
    ...(removed.length === 0 ? [] : [`Fly's certificate for ${removed.join(", ")} is deleted`]),
    ...(from?.mode === "origin-cert"
      ? ["the Origin CA certificate leaves the stack, and stays valid until it is revoked by hand"]
      : []),
  ].join("; ");
}

function describeOrigin(
  from: CertificateDesired | undefined,
  { generation, hostnames }: OriginCertificateDesired,
): string {
  const what = `key and Origin CA certificate for ${hostnames.join(", ")}`;
  if (from === undefined) return `a ${what} is made (generation ${generation})`;
  if (from.mode === "fly-edge")
    return `a ${what} is made (generation ${generation}); Fly's certificates for ${from.hostnames.join(", ")} are deleted`;
  const rest =
    "each region serves it after its own `pulumi up`, and the old one stays valid until it is revoked by hand";
  return from.generation === generation
    ? `a new ${what} takes the place of generation ${generation}; ${rest}`
    : `a ${what} is made (generation ${from.generation} → ${generation}); ${rest}`;
}
