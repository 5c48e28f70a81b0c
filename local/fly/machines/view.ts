/** A Machine's record as Fly's JSON. */
import { sha256 } from "../../../lib/hash.ts";
import type { LeaseRecord, MachineRecord } from "../store/records.ts";

/** Number of events shown with a Machine; `/events` shows more. */
const EVENTS_SHOWN = 20;

export function machineView(machine: MachineRecord, options: { nonce?: string } = {}): object {
  const away = machine.host_away !== undefined;
  return {
    ...machineSummary(machine),
    // Clients must not compare this one: fly-go, machine_types.go.
    ...(away && { incomplete_config: machine.config }),
    config: away ? null : machine.config,
    events: machine.events.slice(0, EVENTS_SHOWN),
    checks: machine.checks,
    host_status: away ? "unreachable" : "ok",
    ...(options.nonce !== undefined && { nonce: options.nonce }),
  };
}

/** `?summary`: without config, checks, events, host_status and nonce. */
export function machineSummary(machine: MachineRecord): object {
  const { id, name, state, region, instance_id, address, created_at, updated_at } = machine;
  return {
    id,
    name,
    state,
    region,
    instance_id,
    version: instance_id,
    private_ip: address,
    created_at,
    updated_at,
    image_ref: imageRef(machine.config.image ?? ""),
    cordoned: machine.cordoned,
  };
}

/** `nonce` shows the nonce, which only the lease's holder may see. */
export function leaseView(
  lease: LeaseRecord,
  version: string,
  options: { nonce: boolean },
): object {
  return {
    ...(options.nonce && { nonce: lease.nonce }),
    expires_at: Math.floor(lease.expires_at_ms / 1000),
    owner: lease.owner,
    description: lease.description,
    version,
  };
}

interface ImageRef {
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Takes `registry.fly.io/acme:tag@sha256:…` apart. A reference without a digest gets one made from its own text. */
function imageRef(reference: string): ImageRef {
  const [name = "", given] = reference.split("@");
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const hasRegistry = /[.:]/.test(first) || first === "localhost";
  const path = hasRegistry ? name.slice(slash + 1) : name;
  const [repository = "", tag] = path.split(":");
  const digest = given ?? `sha256:${sha256(reference)}`;
  return {
    registry: hasRegistry ? first : "docker.io",
    repository: hasRegistry || slash >= 0 ? repository : `library/${repository}`,
    ...(tag !== undefined ? { tag } : given === undefined && { tag: "latest" }),
    digest,
    labels: {},
  };
}
