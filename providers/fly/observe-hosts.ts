/** The observed hosts of an app, without Fly's wire format: for the controller, which observes without Pulumi. */
import type { Fly } from "./api/client.ts";
import { observedActiveSlots } from "./machine/slot-activation.ts";
import { invalidate, observeMachines } from "./api/observe.ts";
import type { MachineWire } from "./api/wire.ts";

export interface ObservedHost {
  /** Machine id. */
  readonly id: string;
  readonly name: string;
  readonly region: string;
  /** Created by flotilla. Other Machines of the app belong to somebody else. */
  readonly managed: boolean;
  /** Fly's state: `started`, `stopped`, `starting`, … */
  readonly state: string;
  readonly cordoned: boolean;
  /** Changes with every write of the configuration, whoever writes it. */
  readonly version: string;
  readonly checks: { readonly passing: number; readonly total: number };
  /** Slots that are on, per `local` service; -1 after an interrupted switch. Absent: no slots, or the host doesn't run. */
  readonly active?: Readonly<Record<string, number>>;
  /** The latest event: `stop by Fly`. */
  readonly latest?: { readonly text: string; readonly at: string };
  /** Its address inside the private network. */
  readonly privateIp?: string;
}

/**
 * Lists the hosts with one call to Fly, never from the shared list.
 *
 * @throws {FlyError}
 */
export async function observeHosts(fly: Fly, app: string): Promise<readonly ObservedHost[]> {
  invalidate(fly, app);
  return (await observeMachines(fly, app)).map(describe);
}

function describe(machine: MachineWire): ObservedHost {
  const checks = machine.checks ?? [];
  const active = observedActiveSlots(machine);
  const latest = latestOf(machine);
  return {
    id: machine.id,
    name: machine.name,
    region: machine.region,
    managed: machine.config?.metadata?.["managed_by"] === "flotilla",
    state: machine.state,
    cordoned: machine.cordoned === true,
    version: machine.instance_id ?? "",
    checks: {
      passing: checks.filter(({ status }) => status === "passing").length,
      total: checks.length,
    },
    ...(active === undefined ? {} : { active }),
    ...(latest === undefined ? {} : { latest }),
    ...(machine.private_ip ? { privateIp: machine.private_ip } : {}),
  };
}

/** Returns the latest requested event and who requested it: Fly names any caller of its API `user`, itself `flyd`. */
function latestOf(machine: MachineWire): ObservedHost["latest"] {
  const events = [...(machine.events ?? [])].sort(
    (a, b) => (b.timestamp ?? 0) - (a.timestamp ?? 0),
  );
  const latest = events.find(({ source }) => source === "user") ?? events[0];
  if (!latest?.type || !latest.timestamp) return undefined;
  const by = latest.source === "user" ? "through Fly's API" : "by Fly";
  return { text: `${latest.type} ${by}`, at: new Date(latest.timestamp).toISOString() };
}
