/**
 * The least time a change can take: a lower bound under Fly's rate limits and the rollout rules, never a forecast.
 *
 * What it assumes, all of it in the change's favour:
 * - Fly answers at once, images are there, processes pass their checks at the first look.
 * - 1 request/s per action and identifier, the first 3 at once; creates of Machines count against the app, so all regions
 *   share them. Source: https://fly.io/docs/machines/api/working-with-machines-api/
 * - A Machine that boots is healthy when Fly has looked once: the longest interval among its checks.
 * - In a region one host boots first (the canary), then those that run `max_unavailable` at a time and new ones all
 *   together; each counts as done once it has been healthy for `min_healthy_time`. Hosts that start without a new
 *   configuration, switch slots, stop, are destroyed or are written without a boot don't wait for others.
 * - `global` runs first and takes no time; then the first region, then all others at once.
 */
import type { HostDesired, RegionDesired } from "../model/desired.ts";
import type { HostChange, HostEffect, LeastTime } from "./change.ts";
import { isPlainStart } from "./host-change.ts";

const BURST = 3;
const REQUESTS_PER_SECOND = 1;

export interface RegionRollout {
  readonly stack: string;
  readonly hosts: readonly HostChange[];
  /** Of the new side: its checks and rules. Undefined: the region left, and nothing boots. */
  readonly desired: Pick<RegionDesired, "hosts" | "rollout"> | undefined;
}

/** @param regions in rollout order */
export function leastTime(regions: readonly RegionRollout[]): LeastTime {
  const byStack = regions.map((region) => [region.stack, leastRegionSeconds(region)] as const);
  const [canary = 0, ...rest] = byStack.map(([, seconds]) => seconds).filter((s) => s > 0);
  const rollout = canary + Math.max(0, ...rest);
  const creates = regions.flatMap(({ hosts }) => hosts).filter(({ effect }) => creating(effect));
  const rules = regions.find(({ desired }) => desired !== undefined)?.desired?.rollout;
  return {
    seconds: Math.max(rollout, bucketSeconds(creates.length)),
    byStack: Object.fromEntries(byStack),
    assumptions: [
      "Fly answers at once and every host passes its checks at Fly's first look",
      `Fly takes ${REQUESTS_PER_SECOND} request a second per action, ${BURST} at once; creates of all regions share that`,
      ...(rules === undefined
        ? []
        : [
            `one host of a region boots first, then those that run ${rules.maxUnavailable} at a time and new ones together${pause(rules.minHealthySeconds)}`,
          ]),
      "the first region alone, then all others at once",
    ],
  };
}

function leastRegionSeconds({ hosts, desired }: RegionRollout): number {
  const creates = bucketSeconds(hosts.filter(({ effect }) => creating(effect)).length);
  if (desired === undefined) return creates;
  const secondsOf = (order: BootOrder): number[] =>
    hosts
      .filter((change) => bootOrderOf(change) === order)
      .map(({ host }) => checkSeconds(desired.hosts.find(({ name }) => name === host)))
      .toSorted((a, b) => b - a);
  const inTurn = { running: secondsOf("running"), fresh: secondsOf("fresh") };
  const rollout = leastRolloutSeconds(inTurn, desired.rollout);
  return Math.max(creates, rollout, ...secondsOf("at once"));
}

/** Seconds until each host is healthy, the longest first. */
interface BootSeconds {
  readonly running: readonly number[];
  readonly fresh: readonly number[];
}

/** No order is faster than the quickest host of either kind as the canary, then batches of those that take longest. */
function leastRolloutSeconds(
  { running, fresh }: BootSeconds,
  rules: Pick<RegionDesired["rollout"], "maxUnavailable" | "minHealthySeconds">,
): number {
  const orders = [
    ...running.slice(-1).map((canary) => ({ canary, fresh, running: running.slice(0, -1) })),
    ...fresh.slice(-1).map((canary) => ({ canary, running, fresh: fresh.slice(0, -1) })),
  ].map((order) => {
    const batches = order.running.filter((_, index) => index % rules.maxUnavailable === 0);
    const steady = (seconds: number): number => seconds + rules.minHealthySeconds;
    const inBatches = batches.reduce((sum, seconds) => sum + steady(seconds), 0);
    return steady(order.canary) + Math.max(inBatches, ...order.fresh.slice(0, 1).map(steady));
  });
  return orders.length === 0 ? 0 : Math.min(...orders);
}

function pause(minHealthySeconds: number): string {
  return minHealthySeconds === 0 ? "" : `, each healthy for ${minHealthySeconds} s`;
}

/** When the last of `count` requests is let through. */
function bucketSeconds(count: number): number {
  return Math.max(0, Math.ceil((count - BURST) / REQUESTS_PER_SECOND));
}

/** `running`: it is interrupted. `fresh`: it doesn't serve yet. `at once`: it boots without waiting for others. */
type BootOrder = "running" | "fresh" | "at once" | "no boot";

function bootOrderOf(change: HostChange): BootOrder {
  switch (change.effect) {
    case "reboot":
    case "recreate":
      return "running";
    case "create":
    case "replace":
      return "fresh";
    case "start":
      return isPlainStart(change) ? "at once" : "fresh";
    default:
      return "no boot";
  }
}

function creating(effect: HostEffect): boolean {
  return ["create", "create-stopped", "recreate", "replace"].includes(effect);
}

/** The longest interval among a host's checks; 0 without checks. */
function checkSeconds(host: HostDesired | undefined): number {
  if (host === undefined) return 0;
  const { checks, services } = host.config;
  const all = [...Object.values(checks), ...services.flatMap((service) => service.checks ?? [])];
  return Math.max(0, ...all.map(({ interval }) => goSeconds(interval)));
}

/** `1m30s` → 90. */
function goSeconds(duration: string): number {
  const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  return [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ""] ?? 0),
    0,
  );
}
