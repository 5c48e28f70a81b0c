/**
 * Operations as the engine shows them, by logical name: `components/` gives the names, the providers' `diff` the kind.
 * `test/deep/plan.test.ts` holds this file to what `pulumi preview --json` says.
 */
import { isDeepStrictEqual } from "node:util";
import { compareText } from "../text/diagnostic.ts";
import type { GlobalDesired, HostDesired, RegionDesired } from "../model/desired.ts";
import type { HostChange, Operation } from "./change.ts";

/** The name in `Pulumi.yaml`. */
const PROJECT = "flotilla";

const SECRETS = "edge-secrets";

/** What an operation is about. */
export type ResourceId =
  | { readonly kind: "machine" | "volume"; readonly host: string }
  | { readonly kind: "record"; readonly hostname: string }
  | { readonly kind: "check" | "secrets" | "other" };

/** An operation as the engine shows it, and the resource it is about. */
export interface PlannedOperation {
  readonly operation: Operation;
  readonly resource: ResourceId;
}

/** Resources by logical name; those that are made of the same need no operation. */
type Resources = ReadonlyMap<string, Resource>;

interface Resource {
  readonly id: ResourceId;
  readonly inputs: unknown;
  /** The part of `inputs` whose change replaces the resource. */
  readonly replaces?: unknown;
}

const OTHER: ResourceId = { kind: "other" };

/** @param before undefined: the stack isn't there yet */
export function planGlobalOperations(
  before: GlobalDesired | undefined,
  after: GlobalDesired,
): PlannedOperation[] {
  const a = before === undefined ? new Map<string, Resource>() : globalResources(before);
  const planned = compareResources("global", a, globalResources(after));
  const unset = after.secrets.filter((name) => !before?.secrets.includes(name));
  if (unset.length === 0 || planned.some(({ resource }) => resource.kind === "secrets"))
    return planned;
  const onlyIf = `${unset.join(" or ")} isn't set yet`;
  const operation: Operation = { stack: "global", op: "update", name: SECRETS, onlyIf };
  return sortOperations([...planned, { operation, resource: { kind: "secrets" } }]);
}

/**
 * @param before undefined: the stack isn't there yet
 * @param after undefined: the region left the spec
 * @param changes of the stack's hosts, which decide on their Machines
 */
export function planRegionOperations(
  stack: string,
  before: RegionDesired | undefined,
  after: RegionDesired | undefined,
  changes: readonly HostChange[],
): PlannedOperation[] {
  const a = before === undefined ? new Map<string, Resource>() : regionResources(before);
  const b = after === undefined ? new Map<string, Resource>() : regionResources(after);
  const planned = compareResources(stack, a, b);
  const changed = changes.filter(({ host }) => hasHost(before, host) && hasHost(after, host));
  const machines = changed.map(({ host, effect }) =>
    machineOperation(stack, host, { op: effect === "replace" ? "replace" : "update" }),
  );
  // A volume's id isn't known while the volume changes, so a preview shows its Machine as changed.
  const unsure = planned.flatMap(({ operation, resource }) => {
    if (operation.op !== "update" || resource.kind !== "volume") return [];
    if (changed.some(({ host }) => host === resource.host)) return [];
    return [machineOperation(stack, resource.host, { op: "update", previewOnly: true })];
  });
  return sortOperations([...planned, ...machines, ...unsure]);
}

function hasHost(region: RegionDesired | undefined, host: string): boolean {
  return region?.hosts.some(({ name }) => name === host) ?? false;
}

function machineOperation(
  stack: string,
  host: string,
  how: Pick<Operation, "op" | "previewOnly">,
): PlannedOperation {
  const { op, ...rest } = how;
  return {
    operation: { stack, op, name: machineName(host), ...rest },
    resource: { kind: "machine", host },
  };
}

function machineName(host: string): string {
  return `${host}-machine`;
}

function globalResources(desired: GlobalDesired): Resources {
  const { app, dns, fleet } = desired;
  // With another organization the app is another one of the same name.
  const ofApp = { id: OTHER, inputs: app, replaces: app.name };
  const certificate = certificateResources(desired);
  return new Map<string, Resource>([
    ...stackResources("global", "edge"),
    ["edge-app", { id: OTHER, inputs: app, replaces: app }],
    ...desired.addresses.map((type) => [`edge-${type}`, ofApp] as const),
    ...certificate.resources,
    ...named("edge-nkeys", desired.nkeys),
    ...named("edge-passwords", desired.passwords),
    [
      SECRETS,
      {
        ...ofApp,
        id: { kind: "secrets" },
        inputs: [app, certificate.secrets, desired.nkeys.toSorted(), desired.passwords.toSorted()],
      },
    ],
    ...dns.records.map((record) => {
      const sent = { ...record, key: null, region: null };
      // The address is another app's with another app.
      const inputs = { ...sent, fleet, app, zone: dns.zone };
      const id: ResourceId = { kind: "record", hostname: record.name };
      return [`edge-dns-${record.key}`, { id, inputs, replaces: dns.zone }] as const;
    }),
  ]);
}

/** `secrets`: what of them becomes a secret of the app. */
function certificateResources({ app, certificate }: GlobalDesired): {
  readonly resources: readonly (readonly [string, Resource])[];
  readonly secrets: unknown;
} {
  const { mode, hostnames } = certificate;
  if (mode === "fly-edge") {
    const resources = hostnames.map((hostname): readonly [string, Resource] => [
      `edge-cert-${hostname}`,
      { id: OTHER, inputs: [app, hostname], replaces: [app.name, hostname] },
    ]);
    return { resources, secrets: null };
  }
  const { generation, validityDays } = certificate;
  const key = { hostnames: hostnames.toSorted() };
  const issued = { hostnames, validityDays, mode };
  return {
    resources: [
      [`edge-origin-key-g${generation}`, { id: OTHER, inputs: key, replaces: key }],
      [`edge-origin-cert-g${generation}`, { id: OTHER, inputs: issued, replaces: issued }],
    ],
    secrets: [generation, issued],
  };
}

/** Secrets made once per name: with no name there is nothing to make. */
function named(name: string, names: readonly string[]): (readonly [string, Resource])[] {
  return names.length === 0 ? [] : [[name, { id: OTHER, inputs: names.toSorted() }]];
}

/** Without Machines that are on both sides: those are compared by `host-change.ts`. */
function regionResources(desired: RegionDesired): Resources {
  const { app, region, check } = desired;
  return new Map<string, Resource>([
    ...stackResources(desired.stack, region),
    [`${region}-check`, { id: { kind: "check" }, inputs: JSON.stringify({ region, ...check }) }],
    ...desired.hosts.flatMap((host) => hostResources(host, app)),
  ]);
}

function hostResources(host: HostDesired, app: unknown): (readonly [string, Resource])[] {
  const { name, volume, region } = host;
  return [
    [name, { id: OTHER, inputs: null }],
    [machineName(name), { id: { kind: "machine", host: name }, inputs: null }],
    ...(volume === undefined
      ? []
      : [
          [
            `${name}-data`,
            {
              id: { kind: "volume", host: name },
              inputs: volume.sizeGb,
              replaces: { app, region, name: volume.name },
            },
          ] as const,
        ]),
  ];
}

/** The stack itself and its component: made once, never changed. */
function stackResources(stack: string, component: string): (readonly [string, Resource])[] {
  return [
    [`${PROJECT}-${stack}`, { id: OTHER, inputs: null }],
    [component, { id: OTHER, inputs: null }],
  ];
}

function compareResources(stack: string, before: Resources, after: Resources): PlannedOperation[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return sortOperations(
    names.flatMap((name) => {
      const [from, to] = [before.get(name), after.get(name)];
      const op = operationOf(from, to);
      const resource = (to ?? from)?.id;
      if (op === undefined || resource === undefined) return [];
      return [{ operation: { stack, op, name }, resource }];
    }),
  );
}

function operationOf(
  before: Resource | undefined,
  after: Resource | undefined,
): Operation["op"] | undefined {
  if (before === undefined) return after === undefined ? undefined : "create";
  if (after === undefined) return "delete";
  if (!isDeepStrictEqual(before.replaces ?? null, after.replaces ?? null)) return "replace";
  return isDeepStrictEqual(before.inputs, after.inputs) ? undefined : "update";
}

function sortOperations(planned: readonly PlannedOperation[]): PlannedOperation[] {
  return planned.toSorted(
    ({ operation: a }, { operation: b }) => compareText(a.name, b.name) || compareText(a.op, b.op),
  );
}
