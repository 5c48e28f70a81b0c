/**
 * Operations as the engine shows them, by logical name: `components/` gives the names, the providers' `diff` the kind.
 * `test/e2e/plan.test.ts` holds this file to what `pulumi preview --json` says.
 */
import { compareText } from "../text/diagnostic.ts";
import type { GlobalDesired, HostDesired, RegionDesired } from "../model/desired.ts";
import { isSame } from "./canonical.ts";
import type { HostChange, Operation } from "./change.ts";

/** The name in `Pulumi.yaml`. */
const PROJECT = "flotilla";

const SECRETS = "edge-secrets";

/** A resource's name and what it is made of; the same text, no operation. */
type Resources = ReadonlyMap<string, Resource>;

interface Resource {
  readonly inputs: unknown;
  /** Of `inputs`, what another value of replaces. */
  readonly replaces?: unknown;
}

/** Undefined on either side: the stack isn't there. */
export function planGlobalOperations(
  before: GlobalDesired | undefined,
  after: GlobalDesired,
): Operation[] {
  const a = before === undefined ? new Map<string, Resource>() : globalResources(before);
  const operations = compareResources("global", a, globalResources(after));
  const unset = after.secrets.filter((name) => !before?.secrets.includes(name));
  if (unset.length === 0 || operations.some(({ name }) => name === SECRETS)) return operations;
  const onlyIf = `${unset.join(" or ")} isn't set yet`;
  return sortOperations([...operations, { stack: "global", op: "update", name: SECRETS, onlyIf }]);
}

/** @param changes of the stack's hosts, which decide on their Machines */
export function planRegionOperations(
  stack: string,
  before: RegionDesired | undefined,
  after: RegionDesired | undefined,
  changes: readonly HostChange[],
): Operation[] {
  const a = before === undefined ? new Map<string, Resource>() : regionResources(before);
  const b = after === undefined ? new Map<string, Resource>() : regionResources(after);
  const operations = compareResources(stack, a, b);
  const machines = changes.flatMap(({ host, effect }): Operation[] => {
    if (!before?.hosts.some(({ name }) => name === host)) return [];
    if (!after?.hosts.some(({ name }) => name === host)) return [];
    const op = effect === "replace" ? "replace" : "update";
    return [{ stack, op, name: `${host}-machine` }];
  });
  const known = new Set(machines.map(({ name }) => name));
  // A volume's id isn't known while the volume changes, so a preview takes its Machine for changed.
  const unsure = operations.flatMap(({ op, name }): Operation[] => {
    const machine = name.replace(/-data$/, "-machine");
    if (op !== "update" || machine === name || known.has(machine)) return [];
    return [{ stack, op: "update", name: machine, previewOnly: true }];
  });
  return sortOperations([...operations, ...machines, ...unsure]);
}

function globalResources(desired: GlobalDesired): Resources {
  const { app, dns, fleet } = desired;
  // With another organization the app is another one of the same name.
  const ofApp = { inputs: app, replaces: app.name };
  const certificate = certificateResources(desired);
  return new Map<string, Resource>([
    ...stackResources("global", "edge"),
    ["edge-app", { inputs: app, replaces: app }],
    ...desired.addresses.map((type) => [`edge-${type}`, ofApp] as const),
    ...certificate.resources,
    ...named("edge-nkeys", desired.nkeys),
    ...named("edge-passwords", desired.passwords),
    [
      SECRETS,
      {
        ...ofApp,
        inputs: [app, certificate.secrets, desired.nkeys.toSorted(), desired.passwords.toSorted()],
      },
    ],
    ...dns.records.map((record) => {
      const sent = { ...record, key: null, region: null };
      // The address is another app's with another app.
      const inputs = { ...sent, fleet, app, zone: dns.zone };
      return [`edge-dns-${record.key}`, { inputs, replaces: dns.zone }] as const;
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
      { inputs: [app, hostname], replaces: [app.name, hostname] },
    ]);
    return { resources, secrets: null };
  }
  const { generation, validityDays } = certificate;
  const key = { hostnames: hostnames.toSorted() };
  const issued = { hostnames, validityDays, mode };
  return {
    resources: [
      [`edge-origin-key-g${generation}`, { inputs: key, replaces: key }],
      [`edge-origin-cert-g${generation}`, { inputs: issued, replaces: issued }],
    ],
    secrets: [generation, issued],
  };
}

/** Secrets made once per name: with no name there is nothing to make. */
function named(name: string, names: readonly string[]): (readonly [string, Resource])[] {
  return names.length === 0 ? [] : [[name, { inputs: names.toSorted() }]];
}

/** Without Machines that are on both sides: those are compared by `host-change.ts`. */
function regionResources(desired: RegionDesired): Resources {
  const { app, region, check } = desired;
  return new Map<string, Resource>([
    ...stackResources(desired.stack, region),
    [`${region}-check`, { inputs: JSON.stringify({ region, ...check }) }],
    ...desired.hosts.flatMap((host) => hostResources(host, app)),
  ]);
}

function hostResources(host: HostDesired, app: unknown): (readonly [string, Resource])[] {
  const { name, volume, region } = host;
  return [
    [name, { inputs: null }],
    [`${name}-machine`, { inputs: null }],
    ...(volume === undefined
      ? []
      : [
          [
            `${name}-data`,
            { inputs: volume.sizeGb, replaces: { app, region, name: volume.name } },
          ] as const,
        ]),
  ];
}

/** The stack itself and its component: made once, never changed. */
function stackResources(stack: string, component: string): (readonly [string, Resource])[] {
  return [
    [`${PROJECT}-${stack}`, { inputs: null }],
    [component, { inputs: null }],
  ];
}

function compareResources(stack: string, before: Resources, after: Resources): Operation[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return sortOperations(
    names.flatMap((name) => {
      const op = operationOf(before.get(name), after.get(name));
      return op === undefined ? [] : [{ stack, op, name }];
    }),
  );
}

function operationOf(
  before: Resource | undefined,
  after: Resource | undefined,
): Operation["op"] | undefined {
  if (before === undefined) return after === undefined ? undefined : "create";
  if (after === undefined) return "delete";
  if (!isSame(before.replaces ?? null, after.replaces ?? null)) return "replace";
  return isSame(before.inputs, after.inputs) ? undefined : "update";
}

function sortOperations(operations: readonly Operation[]): Operation[] {
  return operations.toSorted((a, b) => compareText(a.name, b.name) || compareText(a.op, b.op));
}
