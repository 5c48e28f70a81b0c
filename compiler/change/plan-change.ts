/**
 * Two fleets in, what the change between them does out. Pure, and from the specs alone: it names every operation that
 * `pulumi preview` would show if the earlier spec is what runs, and says what it can't know.
 */
import type { FleetChange, StackChange } from "./change.ts";
import type { FleetDesired } from "./fleet.ts";
import { without } from "./host-change.ts";
import { leastTime } from "./least-time.ts";
import { planPriceChange } from "./price-change.ts";
import { planGlobalStack, planRegionStack, renewedSecrets } from "./stack-change.ts";
import { planTrafficShift } from "./traffic-shift.ts";

/** @param before undefined: nothing is known of an earlier state, so everything counts as new */
export function planFleetChange(
  before: FleetDesired | undefined,
  after: FleetDesired,
): FleetChange {
  const reach = {
    isOtherApp: before !== undefined && before.global.app.name !== after.global.app.name,
    renewedSecrets: renewedSecrets(before?.global, after.global),
  };
  const regions = codesOf(before, after).map((code) =>
    planRegionStack(sideOf(before, code), sideOf(after, code), reach),
  );
  return {
    version: 1,
    before: before === undefined ? "nothing" : "spec",
    stacks: [planGlobalStack(before?.global, after.global), ...regions],
    secrets: {
      added: without(after.global.secrets, before?.global.secrets ?? []),
      removed: without(before?.global.secrets ?? [], after.global.secrets),
    },
    visitors: planTrafficShift(before, after),
    time: leastTime(
      regions.map(({ stack, hosts }) => ({ hosts, stack, desired: sideOf(after, stack)?.desired })),
    ),
    price: planPriceChange(before, after),
    unknown: unknowns(before, regions),
  };
}

/** Region codes in rollout order; regions that left come last, when no visitor is sent to them any more. */
function codesOf(before: FleetDesired | undefined, after: FleetDesired): string[] {
  const codes = (fleet: FleetDesired | undefined): string[] =>
    fleet?.regions.map(({ desired }) => desired.region) ?? [];
  return [...new Set([...codes(after), ...codes(before)])];
}

function sideOf(
  fleet: FleetDesired | undefined,
  code: string,
): FleetDesired["regions"][number] | undefined {
  return fleet?.regions.find(({ desired }) => desired.region === code);
}

function unknowns(before: FleetDesired | undefined, regions: readonly StackChange[]): string[] {
  const isNew = before === undefined || regions.some(({ presence }) => presence === "new");
  return [
    before === undefined
      ? "what is deployed already: everything is counted as new"
      : "whether the stacks run what the earlier spec says: one that never ran, or failed half-way, has more to do",
    "drift: what was changed by hand on Fly or Cloudflare, which an `up` puts back as well",
    "signals: bursts and metrics that are live now may keep other counts running, inside the bounds",
    "whether the secrets that services name are set, and to what",
    ...(isNew ? ["whether Fly has room in a region, and volumes of an earlier life to adopt"] : []),
  ];
}
