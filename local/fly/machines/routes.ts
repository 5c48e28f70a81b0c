/** Machines: list, create, get, update, delete. https://fly.io/docs/machines/api/machines-resource */
import type { Context } from "hono";
import { z } from "zod";
import { FIRST_UNNAMED, hostIndexOf, placeAddress } from "../../machines/addresses.ts";
import { between } from "../../machines/random.ts";
import { pickRegion } from "../../machines/regions.ts";
import { machineConfigSchema, type EchoedConfig } from "../machine-config/schema.ts";
import { struck } from "./effects.ts";
import { FlyApiError, failedPrecondition, invalidArgument } from "../wire/errors.ts";
import { isVolumeAway } from "../lifecycle/host-outage.ts";
import { machineId, prefixedId, ulid } from "../wire/ids.ts";
import { assertLease, takeLease } from "./leases.ts";
import { machineSummary, machineView } from "./view.ts";
import { listedMachines } from "./listing.ts";
import { attachMounts } from "../volumes/mounts.ts";
import { normalizeConfig } from "../machine-config/normalize.ts";
import type { AppRecord, MachineRecord } from "../store/records.ts";
import { willRevert } from "../lifecycle/revert.ts";
import {
  appOf,
  flag,
  GET_LIMIT,
  liveMachineOf,
  machineOf,
  readBody,
  type FlyContext,
  type Register,
} from "../request/request.ts";

const writeSchema = z.looseObject({
  config: machineConfigSchema,
  name: z.string().optional(),
  region: z.string().optional(),
  /** Seconds. */
  lease_ttl: z.number().optional(),
  skip_launch: z.boolean().optional(),
  skip_service_registration: z.boolean().optional(),
  min_secrets_version: z.number().optional(),
  current_version: z.string().optional(),
});
type WriteBody = z.infer<typeof writeSchema>;

export function machineRoutes(on: Register, context: FlyContext): void {
  const { clock, machines } = context;

  on("GET", "/v1/apps/:app/machines", { action: "list machines", by: "app" }, (c) => {
    const app = appOf(context, c);
    const listed = listedMachines(context, c, app).filter(listFilter(c));
    const view = flag(c, "summary") ? machineSummary : (m: MachineRecord) => machineView(m);
    return c.json(listed.map((machine) => view(machine)));
  });

  on("POST", "/v1/apps/:app/machines", { action: "create machine", by: "app" }, async (c) => {
    const app = appOf(context, c);
    const body = await readBody(c, writeSchema);
    assertSecretsVersion(app, body);
    const machine = makeMachine(context, c, app, body);
    const nonce = body.lease_ttl
      ? takeLease(machine, clock.now(), body.lease_ttl).nonce
      : undefined;
    machines.add(machine, { stuck: struck(context, c, "create-stuck") !== undefined });
    if (struck(context, c, "name-conflict") !== undefined) throw nameViolation(machine);
    return c.json(machineView(machine, nonce === undefined ? {} : { nonce }));
  });

  const one = "/v1/apps/:app/machines/:id";

  on("GET", one, { action: "get machine", by: "id", rate: GET_LIMIT }, (c) =>
    c.json(machineView(machineOf(context, c))),
  );

  on("POST", one, { action: "update machine", by: "id" }, async (c) => {
    const machine = liveMachineOf(context, c);
    const body = await readBody(c, writeSchema);
    assertLease(c, machine, clock.now());
    if (body.current_version && body.current_version !== machine.instance_id) {
      throw new FlyApiError(
        409,
        `aborted: current_version ${body.current_version} does not match ${machine.instance_id}`,
      );
    }
    if (machine.state === "destroying") throw failedPrecondition("machine is being destroyed");
    if (body.name && body.name !== machine.name) throw invalidArgument("name can't be changed");
    if (body.region && pickRegion(body.region) !== machine.region) {
      throw invalidArgument("region can't be changed");
    }
    assertSecretsVersion(appOf(context, c), body);
    const config = normalizeConfig(body.config);
    attachMounts(context, machine, config);
    // Only now that nothing refuses the update any more.
    if (struck(context, c, "update-reverts") !== undefined) willRevert(machine);
    machine.boot_delay_ms = struck(context, c, "slow-start");
    machine.config = config;
    machine.instance_id = ulid(clock.now());
    machine.versions = [
      { version: machine.instance_id, user_config: config },
      ...machine.versions,
    ].slice(0, 20);
    if (body.skip_service_registration) machine.cordoned = true;
    machines.replace(machine, body.skip_launch === true);
    return c.json(machineView(machine));
  });

  on("DELETE", one, { action: "delete machine", by: "id" }, (c) => {
    const machine = machineOf(context, c);
    assertLease(c, machine, clock.now());
    if (machine.desired === "destroyed") return c.json({ ok: true });
    // The documentation says `force`, flyctl sends `kill`.
    const force = flag(c, "force") || flag(c, "kill");
    const idle = ["stopped", "suspended", "created", "failed"].includes(machine.state);
    if (!force && !idle) {
      throw failedPrecondition(
        `unable to destroy machine, not currently in a stopped or suspended state, currently: '${machine.state}'`,
      );
    }
    machines.destroy(machine, force);
    return c.json({ ok: true });
  });
}

/** `include_deleted`, `region`, `state` (comma list) and `metadata.<key>`, all of which must hold. */
function listFilter(c: Context): (machine: MachineRecord) => boolean {
  const regions = c.req.query("region")?.split(",").filter(Boolean) ?? [];
  const states = c.req.query("state")?.split(",").filter(Boolean) ?? [];
  const deleted = flag(c, "include_deleted") || states.includes("destroyed");
  const metadata = Object.entries(c.req.query()).filter(([key]) => key.startsWith("metadata."));
  return (machine) =>
    (deleted || machine.state !== "destroyed") &&
    (regions.length === 0 || regions.includes(machine.region)) &&
    (states.length === 0 || states.includes(machine.state)) &&
    metadata.every(
      ([key, value]) => machine.config.metadata?.[key.slice("metadata.".length)] === value,
    );
}

function assertSecretsVersion(app: AppRecord, body: WriteBody): void {
  const wanted = body.min_secrets_version ?? 0;
  if (wanted > app.secrets_version) {
    throw invalidArgument(`min_secrets_version ${wanted} is above ${app.secrets_version}`);
  }
}

function nameViolation({ id, name }: MachineRecord): FlyApiError {
  return new FlyApiError(
    409,
    `already_exists: unique machine name violation, machine ID ${id} already exists with name "${name}"`,
  );
}

function assertVolumeHost(
  context: FlyContext,
  c: Context,
  { mounts: [mount] = [] }: EchoedConfig,
): void {
  if (mount === undefined) return;
  const volume = context.store.volumes.get(mount.volume);
  const away = volume !== undefined && isVolumeAway(volume, context.clock.now());
  if (!away && struck(context, c, "volume-host-full") === undefined) return;
  throw new FlyApiError(
    412,
    `failed_precondition: insufficient resources to create new machine with existing volume id '${mount.volume}'`,
    { status: "volume_placement_capacity" },
  );
}

function makeMachine(
  context: FlyContext,
  c: Context,
  app: AppRecord,
  body: WriteBody,
): MachineRecord {
  const { store, clock, random, lagMs, octet } = context;
  const config = normalizeConfig(body.config);
  const region = pickRegion(body.region);
  if (region === undefined) throw invalidArgument(`region ${body.region} not found`);
  const name = body.name || prefixedId("machine-", 6);
  const alive = store.machines.all().filter((m) => m.app === app.name && m.state !== "destroyed");
  const holder = alive.find((machine) => machine.name === name);
  if (holder !== undefined) {
    throw nameViolation(holder);
  }
  assertVolumeHost(context, c, config);
  const taken = new Set(alive.filter((m) => m.region === region).map((m) => m.host_index));
  const hostIndex = hostIndexOf(name, region) ?? firstFree(taken);
  // A simulated Machine listens nowhere: it shares one once a region's addresses are used up.
  const address =
    placeAddress({ octet, appIndex: app.index, region, hostIndex }) ??
    (context.runner.kind === "simulated" ? `127.${octet}.255.254` : undefined);
  if (address === undefined) {
    throw new FlyApiError(422, `could not find a candidate host in ${region}`, {
      status: "insufficient_capacity",
    });
  }
  const now = clock.now();
  const version = ulid(now);
  const machine: MachineRecord = {
    id: machineId(),
    app: app.name,
    name,
    region,
    created_at: new Date(now).toISOString(),
    host_index: hostIndex,
    address,
    visible_at_ms:
      now + (struck(context, c, "create-invisible", 3_000) ?? between(random, 0, lagMs)),
    boot_delay_ms: struck(context, c, "slow-start"),
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
  attachMounts(context, machine, config);
  return machine;
}

function firstFree(taken: ReadonlySet<number>): number {
  let index = FIRST_UNNAMED;
  while (taken.has(index)) index += 1;
  return index;
}
