/** The hosts of an app as they are now, in words that say nothing of Fly's wire: for who watches without Pulumi. */
import type { Fly } from "./api/client.ts";
import { observedActiveSlots } from "./machine/slot-activation.ts";
import { forget, observeMachines } from "./api/observe.ts";
import type { MachineWire } from "./api/wire.ts";

export interface ObservedHost {
  /** Machine id. */
  readonly id: string;
  readonly name: string;
  readonly region: string;
  /** Made by flotilla; anything else in the app is somebody's own. */
  readonly managed: boolean;
  /** Fly's word: `started`, `stopped`, `starting`, … */
  readonly state: string;
  readonly cordoned: boolean;
  /** Changes with every write of the configuration, whoever writes it. */
  readonly version: string;
  readonly checks: { readonly passing: number; readonly total: number };
  /** Slots that are on, per `local` service; -1 where a switch was cut off. Absent: none, or it doesn't run. */
  readonly active?: Readonly<Record<string, number>>;
  /** The newest thing that happened to it: `stop by user`. */
  readonly latest?: { readonly text: string; readonly at: string };
  /** Its address inside the private network. */
  readonly privateIp?: string;
}

/** One list call, never an older list. Throws `FlyError`. */
export async function observeHosts(fly: Fly, app: string): Promise<readonly ObservedHost[]> {
  forget(fly, app);
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

/** What was asked for last, with who asked: Fly says `user` for any caller of its API, `flyd` for itself. */
function latestOf(machine: MachineWire): ObservedHost["latest"] {
  const events = [...(machine.events ?? [])].sort(
    (a, b) => (b.timestamp ?? 0) - (a.timestamp ?? 0),
  );
  const asked = events.find(({ source }) => source === "user") ?? events[0];
  if (!asked?.type || !asked.timestamp) return undefined;
  const by = asked.source === "user" ? "through Fly's API" : "by Fly";
  return { text: `${asked.type} ${by}`, at: new Date(asked.timestamp).toISOString() };
}
