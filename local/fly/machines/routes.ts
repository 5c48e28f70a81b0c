/** Machines: list, create, get, update, delete. https://fly.io/docs/machines/api/machines-resource */
import type { Context } from "hono";
import { applyFault } from "../../faults/apply-fault.ts";
import { pickRegion } from "../../machines/regions.ts";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import { planRevert } from "../lifecycle/revert.ts";
import { normalizeConfig } from "../machine-config/normalize.ts";
import type { FlyContext } from "../request/context.ts";
import { GET_LIMIT } from "../request/limits.ts";
import { appOf, flag, readBody } from "../request/read.ts";
import type { Register } from "../request/register.ts";
import type { MachineRecord } from "../store/records.ts";
import { attachMounts } from "../volumes/mounts.ts";
import { FlyApiError, failedPrecondition, invalidArgument } from "../wire/errors.ts";
import { ulid } from "../wire/ids.ts";
import { assertSecretsVersion, machineBodySchema, type MachineBody } from "./body.ts";
import { nameViolation, newMachine } from "./create.ts";
import { liveMachineOf, machineOf } from "./find.ts";
import { assertLease, takeLease } from "./leases.ts";
import { listedMachines } from "./listing.ts";
import { machineSummary, machineView } from "./view.ts";

const VERSIONS_KEPT = 20;

export function machineRoutes(on: Register, context: FlyContext, lifecycle: Lifecycle): void {
  const { clock } = context;

  on("GET", "/v1/apps/:app/machines", { action: "list machines", by: "app" }, (c) => {
    const app = appOf(context, c);
    const listed = listedMachines(context, c, app).filter(listFilter(c));
    const view = flag(c, "summary") ? machineSummary : (m: MachineRecord) => machineView(m);
    return c.json(listed.map((machine) => view(machine)));
  });

  on("POST", "/v1/apps/:app/machines", { action: "create machine", by: "app" }, async (c) => {
    const app = appOf(context, c);
    const body = await readBody(c, machineBodySchema);
    assertSecretsVersion(app, body);
    const { machine, isStuck, isNameConflict } = newMachine(context, c, app, body);
    const nonce = body.lease_ttl
      ? takeLease(machine, clock.now(), body.lease_ttl).nonce
      : undefined;
    lifecycle.add(machine, { stuck: isStuck });
    if (isNameConflict) throw nameViolation(machine);
    return c.json(machineView(machine, nonce === undefined ? {} : { nonce }));
  });

  const one = "/v1/apps/:app/machines/:id";

  on("GET", one, { action: "get machine", by: "id", rate: GET_LIMIT }, (c) =>
    c.json(machineView(machineOf(context, c))),
  );

  on("POST", one, { action: "update machine", by: "id" }, async (c) => {
    const machine = liveMachineOf(context, c);
    const body = await readBody(c, machineBodySchema);
    assertLease(c, machine, clock.now());
    assertUpdatable(machine, body);
    assertSecretsVersion(appOf(context, c), body);
    applyUpdate(context, c, machine, body);
    lifecycle.replace(machine, body.skip_launch === true);
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
    lifecycle.destroy(machine, force);
    return c.json({ ok: true });
  });
}

/** Filters by `include_deleted`, `region`, `state` (lists with commas) and `metadata.<key>`, all of which must hold. */
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

function assertUpdatable(machine: MachineRecord, body: MachineBody): void {
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
}

/** Gives the Machine its new version; `applyFault` comes after everything that may refuse the update. */
function applyUpdate(
  context: FlyContext,
  c: Context,
  machine: MachineRecord,
  body: MachineBody,
): void {
  const config = normalizeConfig(body.config);
  attachMounts(context, machine, config);
  const struck = applyFault(context.faults, c, "update");
  if (struck.reverts === true) planRevert(machine);
  machine.boot_delay_ms = struck.bootDelayMs;
  machine.config = config;
  machine.instance_id = ulid(context.clock.now());
  machine.versions = [
    { version: machine.instance_id, user_config: config },
    ...machine.versions,
  ].slice(0, VERSIONS_KEPT);
  if (body.skip_service_registration) machine.cordoned = true;
}
