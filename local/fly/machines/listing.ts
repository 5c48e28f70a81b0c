/** Lists of Machines as Fly gives them: of what is visible by now, or as of a moment ago. */
import type { Context } from "hono";
import { between } from "../../machines/random.ts";
import { applyFault } from "../../faults/apply-fault.ts";
import { ulidTimeMs } from "../wire/ids.ts";
import type { AppRecord, MachineRecord } from "../store/records.ts";
import { isVisible } from "./find.ts";
import type { FlyContext } from "../request/context.ts";

/** Returns an app's Machines, destroyed ones too. */
export function listedMachines(
  context: FlyContext,
  c: Context,
  app: AppRecord,
): readonly MachineRecord[] {
  const { store, clock, random, listLagMs, faults } = context;
  const visible = store.machines
    .all()
    .filter((machine) => machine.app === app.name && isVisible(context, machine));
  const own = listLagMs === 0 ? undefined : between(random, 0, listLagMs);
  const lagMs = applyFault(faults, c, "list").listLagMs ?? own;
  if (lagMs === undefined) return visible;
  const then = clock.now() - lagMs;
  return visible.flatMap((machine) => asOf(machine, then) ?? []);
}

/** Returns the Machine as it was then, as far as its events and versions tell; undefined when it didn't exist yet. */
function asOf(machine: MachineRecord, thenMs: number): MachineRecord | undefined {
  if (Date.parse(machine.created_at) > thenMs) return undefined;
  const version = machine.versions.find((candidate) => ulidTimeMs(candidate.version) <= thenMs);
  const last = machine.events.find(({ timestamp }) => timestamp <= thenMs);
  return {
    ...machine,
    state: last?.status ?? machine.state,
    ...(version && { config: version.user_config, instance_id: version.version }),
  };
}
