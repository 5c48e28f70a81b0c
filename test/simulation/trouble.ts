/** The trouble of a run: lost or refused calls, and the call at which the process dies. */
import type { FlyApi } from "../../local/fly/server.ts";
import type { Dice } from "./dice.ts";
import type { Crash } from "./process.ts";

type Fault = Parameters<FlyApi["faults"]["add"]>[0];

/** Calls of a run: method, and a pattern of the path. */
const calls = [
  ["POST", "/machines$"],
  ["POST", "/machines/\\w+$"],
  ["POST", "/machines/\\w+/(start|stop|cordon|uncordon)$"],
  ["POST", "/lease$"],
  ["DELETE", "/lease$"],
  ["DELETE", "/machines/\\w+$"],
  ["GET", "/machines$"],
  ["GET", "/machines/\\w+$"],
  ["GET", "/wait$"],
  ["GET", "/volumes$"],
  ["POST", "/volumes$"],
  ["PUT", "/extend$"],
  ["POST", "/secrets$"],
  ["GET", "/secrets$"],
  ["POST", "/apps$"],
  ["POST", "/ip_assignments$"],
  ["POST", "/exec$"],
  ["POST", "/metadata/\\w+$"],
] as const;

/** Faults after which it is unknown whether the API acted. */
const unclear = [
  { status: 408, body: { error: "deadline_exceeded: upstream" } },
  { status: 500, body: { error: "internal" } },
  { status: 503, body: "bad gateway" },
] as const;

/** Faults in which the API didn't act. */
const refusals = [
  { status: 429, body: { error: "slow down" }, headers: { "retry-after": "1" } },
  { status: 429, body: { error: "slow down" } },
  { status: 409, body: { error: "aborted: machine update failed due to concurrent update" } },
  { status: 409, body: { error: "aborted: machine ID x lease currently held by y" } },
  {
    status: 422,
    body: { error: "could not find a candidate host", status: "insufficient_capacity" },
  },
  { status: 403, body: { error: "organization is over the allowed quota" } },
] as const;

/** Faults of the API itself, some of which last for a while. */
const badDays: readonly Fault[] = [
  { preset: "create-stuck", times: 1 },
  { preset: "create-invisible", times: 2 },
  { preset: "name-conflict", times: 1 },
  { preset: "volume-host-full", times: 1 },
  { preset: "update-reverts", times: 1 },
  { preset: "slow-start", times: 1 },
  { preset: "lease-leaked", times: 1 },
  { preset: "lagging-list", times: 3 },
  { preset: "capacity", times: 2 },
  { preset: "host-unreachable", times: 1 },
  // Not at a delete: a Machine that was destroyed while its server was unreachable comes back unknown to any state.
  { preset: "host-returns-old", method: "POST", times: 1 },
];
/** Longer than any of these faults lasts. */
export const badDayMs = 120_000;

export function randomFaults(dice: Dice): readonly Fault[] {
  const badDay = dice.chance(0.3) ? [dice.pick(badDays)] : [];
  return [...badDay, ...randomAnswers(dice)];
}

function randomAnswers(dice: Dice): readonly Fault[] {
  return Array.from({ length: dice.below(4) }, () => {
    const [method, path] = dice.pick(calls);
    const times = 1 + dice.below(dice.chance(0.2) ? 12 : 2);
    const rule = { api: "fly", method, path, times } as const;
    if (dice.chance(0.4)) return { ...rule, when: "before", action: dice.pick(refusals) };
    const action = dice.pick(["reset", "hold", ...unclear] as const);
    return { ...rule, when: dice.pick(["before", "after"] as const), action };
  });
}

export function randomCrash(dice: Dice): Crash | undefined {
  if (!dice.chance(0.6)) return undefined;
  const when = dice.pick(["before", "after"] as const);
  return dice.chance(0.5)
    ? { nth: 1 + dice.below(70), of: "calls", when }
    : { nth: 1 + dice.below(12), of: "writes", when };
}
