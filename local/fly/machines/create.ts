/** Builds a new Machine's record, and refuses what Fly refuses. */
import type { Context } from "hono";
import { applyFault } from "../../faults/apply-fault.ts";
import { FIRST_UNNAMED, hostIndexOf, placeAddress } from "../../machines/addresses.ts";
import { between } from "../../machines/random.ts";
import { pickRegion } from "../../machines/regions.ts";
import { normalizeConfig } from "../machine-config/normalize.ts";
import type { EchoedConfig } from "../machine-config/schema.ts";
import type { FlyContext } from "../request/context.ts";
import type { AppRecord, MachineRecord } from "../store/records.ts";
import { isHostUnreachable } from "../volumes/host-outage.ts";
import { attachMounts } from "../volumes/mounts.ts";
import { FlyApiError, invalidArgument } from "../wire/errors.ts";
import { machineId, prefixedId, ulid } from "../wire/ids.ts";
import type { MachineBody } from "./body.ts";

export interface NewMachine {
  /** Its volume is attached; the record isn't saved yet. */
  readonly machine: MachineRecord;
  /** It isn't to be launched, whatever its `desired` says. */
  readonly isStuck: boolean;
  /** The call is to be answered as if another Machine had its name. */
  readonly isNameConflict: boolean;
}

/** @throws FlyApiError for a config, region, name or volume that Fly refuses, and without a host to place it on */
export function newMachine(
  context: FlyContext,
  c: Context,
  app: AppRecord,
  body: MachineBody,
): NewMachine {
  const { store, clock, random, lagMs, faults } = context;
  const config = normalizeConfig(body.config);
  const region = pickRegion(body.region);
  if (region === undefined) throw invalidArgument(`region ${body.region} not found`);
  const name = body.name || prefixedId("machine-", 6);
  const others = store.machines.all().filter((m) => m.app === app.name && m.state !== "destroyed");
  const holder = others.find((machine) => machine.name === name);
  if (holder !== undefined) throw nameViolation(holder);
  assertHostHasRoom(context, c, config);
  const taken = others.filter((machine) => machine.region === region);
  const host = chooseHost(context, app, { name, region, taken });
  const id = machineId();
  attachMounts(context, { id, app: app.name, region }, config);
  const struck = applyFault(faults, c, "create");
  const now = clock.now();
  const version = ulid(now);
  const machine: MachineRecord = {
    id,
    app: app.name,
    name,
    region,
    created_at: new Date(now).toISOString(),
    host_index: host.index,
    address: host.address,
    visible_at_ms: now + (struck.invisibleMs ?? between(random, 0, lagMs)),
    boot_delay_ms: struck.bootDelayMs,
    state: "created",
    desired: body.skip_launch ? "stopped" : "started",
    instance_id: version,
    updated_at: new Date(now).toISOString(),
    config,
    cordoned: body.skip_service_registration === true,
    checks: [],
    events: [],
    versions: [{ version, user_config: config }],
    restart_count: 0,
  };
  return {
    machine,
    isStuck: struck.isStuck === true,
    isNameConflict: struck.isNameConflict === true,
  };
}

/** Fly's 409 for a name that another Machine of the app has. */
export function nameViolation({ id, name }: MachineRecord): FlyApiError {
  return new FlyApiError(
    409,
    `already_exists: unique machine name violation, machine ID ${id} already exists with name "${name}"`,
  );
}

/** A Machine with a volume goes to the volume's host. */
function assertHostHasRoom(
  { store, clock, faults }: FlyContext,
  c: Context,
  { mounts: [mount] = [] }: EchoedConfig,
): void {
  const volume = mount && store.volumes.get(mount.volume);
  const unreachable = volume !== undefined && isHostUnreachable(volume, clock.now());
  const isFull =
    unreachable ||
    applyFault(faults, c, "placement", { mountsVolume: mount !== undefined }).isHostFull === true;
  if (!isFull) return;
  throw new FlyApiError(
    412,
    `failed_precondition: insufficient resources to create new machine with existing volume id '${mount?.volume}'`,
    { status: "volume_placement_capacity" },
  );
}

/** A host slot's name, `<region>-<n>`, decides its address; other Machines get the first free address from `FIRST_UNNAMED` on. */
function chooseHost(
  { octet, runner }: FlyContext,
  app: AppRecord,
  machine: {
    readonly name: string;
    readonly region: string;
    readonly taken: readonly MachineRecord[];
  },
): { readonly index: number; readonly address: string } {
  const { name, region, taken } = machine;
  const index = hostIndexOf(name, region) ?? firstFree(new Set(taken.map((m) => m.host_index)));
  // A simulated Machine doesn't listen, so it shares one address once a region's addresses are used up.
  const address =
    placeAddress({ octet, appIndex: app.index, region, hostIndex: index }) ??
    (runner.kind === "simulated" ? `127.${octet}.255.254` : undefined);
  if (address !== undefined) return { index, address };
  throw new FlyApiError(422, `could not find a candidate host in ${region}`, {
    status: "insufficient_capacity",
  });
}

function firstFree(taken: ReadonlySet<number>): number {
  let index = FIRST_UNNAMED;
  while (taken.has(index)) index += 1;
  return index;
}
