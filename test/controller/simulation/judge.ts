/** What must hold for one service in one region, reckoned from what really happened: no code of `controller/` is asked. */
import type { Policy } from "../../../controller/autoscale/policy.ts";
import { metricName } from "../../../controller/autoscale/policy.ts";
import type { Told } from "./load.ts";

/** A decision that the store has kept. */
export interface StoredLook {
  readonly now: number;
  readonly policy: Policy;
  readonly told: readonly Told[];
  readonly count: number | undefined;
  readonly validUntil: number | undefined;
  readonly running: number;
  /** Of the load's calm, if all has been calm since it began: it stays the same, but for noise. */
  readonly calm: number | undefined;
}

/** What the compiler makes of the signals at a moment. */
export interface Moment {
  readonly now: number;
  /** Changes with the spec. */
  readonly spec: string;
  readonly counts: { readonly replicas: number; readonly min: number; readonly max: number };
  readonly isScalable: boolean;
  /** Undefined: the spec doesn't let metrics scale it. */
  readonly holdSeconds: number | undefined;
  /** `to` of the bursts that are live. */
  readonly bursts: readonly number[];
  /** The recommendation in the signals document, if it is still valid. */
  readonly metric: { readonly count: number; readonly until: number } | undefined;
  readonly effective: number;
  /** The controller lives and has just written what it recommends. */
  readonly isFresh: boolean;
}

export interface Judge {
  /** So much time was a pause: it doesn't count for silence. */
  pause(seconds: number): void;
  /** The spec lets no metric scale it: all that was heard counts no more. */
  forget(): void;
  look(look: StoredLook): readonly string[];
  moment(moment: Moment): readonly string[];
}

const GAP_INTERVALS = 3;
/** Of sums and products of fractions. */
const EXACT = 1 + 1e-9;

export function createJudge(): Judge {
  let looks: StoredLook[] = [];
  /** Since then no gap: the windows are covered. */
  let covered = 0;
  const heardAt = new Map<string, number>();
  let usableAt = Number.NEGATIVE_INFINITY;
  let highest = 0;
  /** Since the last look. */
  let paused = 0;
  let lastMoment: (Moment & { readonly part: number }) | undefined;
  let calm: { readonly id: number; reversals: number; direction: number } | undefined;

  function pause(seconds: number): void {
    paused += seconds;
    usableAt += seconds;
    for (const [name, at] of heardAt) heardAt.set(name, at + seconds);
  }

  function look(now: StoredLook): readonly string[] {
    const { policy, told, count } = now;
    const last = looks.at(-1);
    // Rates and windows of another policy say nothing about this one.
    if (last?.policy !== policy) looks = [];
    const stands = now.now < usableAt + policy.holdSeconds ? last?.count : undefined;
    paused = 0;
    if (stands === undefined) looks = [];
    const from = Math.min(Math.max(stands ?? policy.replicas, policy.min), policy.max);
    const isGap = last === undefined || now.now - last.now > GAP_INTERVALS * policy.intervalSeconds;
    if (isGap || stands === undefined) covered = now.now;
    for (const { metric, reading, worth } of told) {
      const name = metricName(metric);
      if (!heardAt.has(name)) heardAt.set(name, now.now);
      if (reading === undefined || "error" in reading || worth === "none") continue;
      usableAt = Math.max(usableAt, reading.atSeconds);
      if (worth === "full") heardAt.set(name, reading.atSeconds);
      highest = Math.max(highest, needOf(metric, reading.value, now.running));
    }
    looks = [...looks.filter((each) => now.now - each.now < 600), now];
    const to = count ?? policy.replicas;
    return [
      ...(count === undefined ? [] : standing(now, count)),
      ...(to < from && count !== undefined ? fewer(now, from, to) : []),
      ...(to > from ? more(now, from, to) : []),
      ...turn(now.calm, Math.sign(to - from)),
    ];
  }

  function standing({ now, policy, validUntil }: StoredLook, count: number): string[] {
    const found: string[] = [];
    if (count < policy.min || count > policy.max)
      found.push(`recommends ${count} outside ${policy.min}–${policy.max}`);
    if (validUntil !== usableAt + policy.holdSeconds || validUntil <= now)
      found.push(`is valid until ${validUntil}, the last sample is of ${usableAt}`);
    return found;
  }

  function fewer({ now, policy, told }: StoredLook, from: number, to: number): string[] {
    const found: string[] = [];
    const step = `scales in from ${from} to ${to}`;
    const { down, tolerance, holdSeconds, replicas, max } = policy;
    for (const { metric, worth } of told) {
      if (worth === "full") continue;
      const name = metricName(metric);
      if (now - (heardAt.get(name) ?? now) < holdSeconds) found.push(`${step} without ${name}`);
      else if (to < Math.min(from, replicas))
        found.push(`${step}, below the spec, without ${name}`);
    }
    if (now - covered < down.windowSeconds) found.push(`${step} with ${now - covered} s of window`);
    for (const each of looks) {
      if (now - each.now >= down.windowSeconds || to === max) continue;
      for (const { metric, reading, worth } of each.told) {
        if (worth !== "full" || metric.type === "latency") continue;
        if (reading === undefined || "error" in reading) continue;
        if (reading.value > (1 + tolerance) * metric.target * to * EXACT)
          found.push(`${step}, though ${metric.type} was ${reading.value} in the window`);
      }
    }
    const before = countsWithin(down.policy.periodSeconds, now);
    const highestBefore = Math.max(from, ...before);
    if (to < Math.min(highestBefore - down.policy.count, from))
      found.push(`${step}, faster than its rate`);
    return [...found, ...rested(now, from, down.cooldownSeconds, step)];
  }

  function more({ now, policy }: StoredLook, from: number, to: number): string[] {
    const step = `scales out from ${from} to ${to}`;
    const { count, percent = 0, periodSeconds } = policy.up.policy;
    const lowest = Math.min(from, ...countsWithin(periodSeconds, now));
    const most = Math.max(lowest + count, Math.ceil(lowest * (1 + percent / 100)));
    const tooFast = to > most ? [`${step}, faster than its rate`] : [];
    return [...tooFast, ...rested(now, from, policy.up.cooldownSeconds, step)];
  }

  /** Of the looks before this one. */
  function countsWithin(seconds: number, now: number): readonly number[] {
    return looks
      .slice(0, -1)
      .filter((each) => now - each.now < seconds)
      .map(({ count, policy }) => count ?? policy.replicas);
  }

  function rested(now: number, from: number, seconds: number, step: string): string[] {
    const moved = countsWithin(seconds, now).some((count) => count !== from);
    return moved ? [`${step} within ${seconds} s of a change`] : [];
  }

  /** Under steady load with noise a count turns round once at most, however long it lasts, and what left never comes back. */
  function turn(id: number | undefined, direction: number): string[] {
    if (id === undefined) calm = undefined;
    else if (calm?.id !== id) calm = { id, reversals: 0, direction: 0 };
    if (calm === undefined || direction === 0) return [];
    if (calm.direction === -direction) calm.reversals += 1;
    const isBack = calm.direction < 0 && direction > 0;
    calm.direction = direction;
    if (isBack) return ["noise brings back what it took away"];
    return calm.reversals > 1 ? [`turned round ${calm.reversals} times under noise`] : [];
  }

  function moment(at: Moment): readonly string[] {
    const { counts, bursts, metric, effective, isScalable, now } = at;
    const { replicas, min, max } = counts;
    const found: string[] = [];
    const asked = isScalable ? Math.max(metric?.count ?? replicas, ...bursts) : replicas;
    const expected = Math.min(Math.max(asked, min), max);
    if (effective < min || effective > max) found.push(`runs ${effective} outside ${min}–${max}`);
    if (effective !== expected)
      found.push(`runs ${effective}, where bursts and metrics ask for ${expected}`);
    highest = Math.max(highest, replicas, min);
    if (bursts.length === 0 && effective > highest)
      found.push(`runs ${effective} without a burst; nothing ever needed more than ${highest}`);
    const part = metric?.count ?? replicas;
    if (
      at.holdSeconds !== undefined &&
      lastMoment?.spec === at.spec &&
      part < lastMoment.part &&
      part !== looks.at(-1)?.count &&
      now < Math.min(lastMoment.metric?.until ?? 0, usableAt + at.holdSeconds)
    )
      found.push(`falls from ${lastMoment.part} to ${part} before its time`);
    const last = looks.at(-1);
    const stands = now < (last?.validUntil ?? 0) + paused ? last?.count : undefined;
    if (at.isFresh && at.holdSeconds !== undefined && stands !== metric?.count)
      found.push(`recommends ${metric?.count}, where ${stands} stands`);
    lastMoment = { ...at, part };
    return found;
  }

  function forget(): void {
    looks = [];
    heardAt.clear();
    usableAt = Number.NEGATIVE_INFINITY;
    paused = 0;
  }

  return { pause, forget, look, moment };
}

function needOf(metric: Told["metric"], value: number, running: number): number {
  if (metric.type === "latency") return value > metric.targetMilliseconds ? running + 1 : 1;
  return Math.ceil(value / metric.target);
}
