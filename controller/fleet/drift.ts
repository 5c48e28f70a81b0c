/** Compares the observed hosts of a region with its last applied state. Pure. */
import type { RegionDesired } from "../../compiler/compile.ts";
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import type { ObservedProcess } from "../../providers/fly/observe-processes.ts";
import type { Deviation } from "../model/status.ts";

/** States that lead to another one: no drift yet. */
const TRANSITIONAL = [
  "created",
  "creating",
  "starting",
  "stopping",
  "restarting",
  "updating",
  "replacing",
];

/**
 * @param versions host → version of its configuration after the last run; other hosts' versions aren't compared
 * @param processes host → what runs inside it; a host that is missing here couldn't be inspected
 */
export function findDrift(
  desired: RegionDesired,
  observed: readonly ObservedHost[],
  versions: Readonly<Record<string, string>>,
  processes: ReadonlyMap<string, readonly ObservedProcess[]>,
): Deviation[] {
  const mine = observed.filter(({ region, managed }) => managed && region === desired.region);
  const wanted = new Set(desired.hosts.map(({ name }) => name));
  return [
    ...desired.hosts.flatMap((host) => {
      const live = mine.filter(({ name }) => name === host.name);
      if (live.length > 1)
        return [drift(host.name, "duplicate", `there are ${live.length} Machines of this name`)];
      const [machine] = live;
      if (machine === undefined) return [drift(host.name, "missing", "its Machine is gone")];
      const inside = processes.get(host.name) ?? [];
      return [...driftOf(host, machine, versions[host.name]), ...slotDrift(host, inside)];
    }),
    ...mine
      .filter(({ name }) => !wanted.has(name))
      .map((machine) => drift(machine.name, "unexpected", "the spec has no such host", machine)),
  ];
}

type HostDesired = RegionDesired["hosts"][number];

function driftOf(
  host: HostDesired,
  machine: ObservedHost,
  version: string | undefined,
): Deviation[] {
  if (TRANSITIONAL.includes(machine.state)) return [];
  const found: Deviation[] = [];
  const isIdle =
    host.state === "started" && host.config.services.some(({ autostop }) => autostop !== "off");
  const isRight = machine.state === host.state || (isIdle && machine.state === "stopped");
  if (!isRight)
    found.push(
      drift(host.name, "state", `it is ${machine.state} and should be ${host.state}`, machine),
    );
  const shouldCordon = host.state === "stopped";
  if (machine.cordoned !== shouldCordon)
    found.push(
      drift(
        host.name,
        "cordon",
        machine.cordoned ? "it is cordoned" : "it isn't cordoned",
        machine,
      ),
    );
  if (version !== undefined && version !== machine.version)
    found.push(
      drift(
        host.name,
        "configuration",
        "its configuration was changed since the last run",
        machine,
      ),
    );
  for (const [service, on] of Object.entries(host.active)) {
    const running = machine.active?.[service];
    if (running !== undefined && running !== on)
      found.push({
        ...drift(
          host.name,
          `slots/${service}`,
          `${describeSlots(running)} of ${service} on, ${on} desired`,
          machine,
        ),
        service,
      });
  }
  return found;
}

/** Slots that were started or stopped by hand inside a host: the host's metadata don't show that. */
function slotDrift(host: HostDesired, processes: readonly ObservedProcess[]): Deviation[] {
  return Object.entries(host.active).flatMap(([service, on]) =>
    processes.flatMap((process) => {
      const slot = slotOf(process.name, service);
      if (slot === undefined || process.on === slot < on) return [];
      const text = process.on ? "runs and should be off" : "is off and should run";
      const { name: slotName } = process;
      return [
        {
          ...drift(host.name, `slot/${slotName}`, `slot ${slotName} ${text}`),
          service,
          slot: slotName,
        },
      ];
    }),
  );
}

/** `worker-2` → 2 for service `worker`. */
function slotOf(name: string, service: string): number | undefined {
  const rest = name.startsWith(`${service}-`) ? name.slice(service.length + 1) : "";
  return /^\d+$/.test(rest) ? Number(rest) : undefined;
}

function describeSlots(count: number): string {
  if (count < 0) return "an unknown number of slots";
  return count === 1 ? "1 slot" : `${count} slots`;
}

/** @param kind of difference: the host's deviation of one kind stays the same one, however its sentence changes */
function drift(host: string, kind: string, text: string, machine?: ObservedHost): Deviation {
  const latest = machine?.latest;
  return {
    key: `${host}/${kind}`,
    cause: "drift",
    host,
    text: `${host}: ${text}${latest === undefined ? "" : ` (last: ${latest.text})`}`,
    ...(latest === undefined ? {} : { since: latest.at }),
  };
}
