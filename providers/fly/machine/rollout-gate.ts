/**
 * The gate of a region's rollout: which host may change now. The first change is the canary. Once it is healthy, at most
 * `maxUnavailable` running hosts change at once, and all hosts that don't run yet, since nothing of theirs can become
 * unavailable. Stopped hosts follow when no other host waits. After a failed change all waiting hosts are refused without
 * having been touched. The engine changes several hosts at once in any order; waiting hosts take turns in the order of
 * their names.
 */
import { messageOf } from "../../../lib/message-of.ts";
import type { Fly } from "../api/client.ts";
import { FlyError } from "../api/errors.ts";
import type { MachineInputs } from "./machine-inputs.ts";

/** `running`: a serving host becomes unavailable for a while. `new`: it doesn't serve yet. `stopped`: it stays stopped. */
export type ChangeKind = "running" | "new" | "stopped";

interface RolloutTurn {
  readonly inputs: MachineInputs;
  readonly kind: ChangeKind;
  readonly begin: PromiseWithResolvers<void>;
}

interface RolloutGate {
  waiting: RolloutTurn[];
  readonly changing: Set<RolloutTurn>;
  /** The canary has become healthy. */
  isOpen: boolean;
  /** Hosts that have changed and are healthy. */
  readonly changed: string[];
  failure?: { readonly host: string; readonly reason: string };
}

/** The gate waits this long for the other hosts of the same run, so that the first by name is the canary. */
export const gatherMs = 50;

const gates = new WeakMap<Fly, Map<string, RolloutGate>>();

/**
 * Runs a change when its turn has come.
 *
 * @throws {FlyError} with code `not_touched` if the change of another host failed before
 */
export async function awaitRolloutTurn<T>(
  fly: Fly,
  inputs: MachineInputs,
  kind: ChangeKind,
  change: () => Promise<T>,
): Promise<T> {
  const gate = gateOf(fly, inputs);
  const turn: RolloutTurn = { inputs, kind, begin: Promise.withResolvers() };
  gate.waiting.push(turn);
  fly.clock.after(gatherMs, () => beginAllowedChanges(gate));
  await turn.begin.promise;
  try {
    const result = await change();
    gate.changed.push(inputs.name);
    if (kind !== "stopped") gate.isOpen = true;
    return result;
  } catch (error) {
    gate.failure ??= { host: inputs.name, reason: reasonOf(error) };
    throw error;
  } finally {
    gate.changing.delete(turn);
    beginAllowedChanges(gate);
  }
}

/** Returns the hosts that this rollout has already changed, for the error of a failed change. */
export function hostsChangedBefore(fly: Fly, inputs: MachineInputs): readonly string[] {
  return gateOf(fly, inputs).changed;
}

/** Begins every change whose turn has come; after a failure refuses all of them. */
function beginAllowedChanges(gate: RolloutGate): void {
  if (gate.failure !== undefined) {
    for (const { inputs, begin } of gate.waiting) begin.reject(notTouchedError(inputs, gate));
    gate.waiting = [];
    return;
  }
  for (const turn of gate.waiting.toSorted(byHostName)) {
    if (!isAllowed(gate, turn)) continue;
    gate.waiting = gate.waiting.filter((other) => other !== turn);
    gate.changing.add(turn);
    turn.begin.resolve();
  }
}

function isAllowed(gate: RolloutGate, { kind, inputs }: RolloutTurn): boolean {
  const changing = [...gate.changing].map((turn) => turn.kind).filter((one) => one !== "stopped");
  if (kind === "stopped")
    return changing.length === 0 && gate.waiting.every((turn) => turn.kind === "stopped");
  if (!gate.isOpen) return changing.length === 0;
  if (kind === "new") return true;
  return changing.filter((one) => one === "running").length < (inputs.maxUnavailable ?? 1);
}

/** Compares host names by number: `iad-2` comes before `iad-10`. */
export function byHostName(a: Pick<RolloutTurn, "inputs">, b: Pick<RolloutTurn, "inputs">): number {
  return a.inputs.name.localeCompare(b.inputs.name, "en", { numeric: true });
}

function gateOf(fly: Fly, { app, region }: MachineInputs): RolloutGate {
  const known = gates.get(fly) ?? new Map<string, RolloutGate>();
  gates.set(fly, known);
  const key = `${app}/${region}`;
  const gate = known.get(key) ?? {
    waiting: [],
    changing: new Set<RolloutTurn>(),
    isOpen: false,
    changed: [],
  };
  known.set(key, gate);
  return gate;
}

function notTouchedError(inputs: MachineInputs, gate: RolloutGate): FlyError {
  const { host = "", reason = "" } = gate.failure ?? {};
  const role = gate.isOpen ? "" : "the canary ";
  return new FlyError({
    what: `update Machine ${inputs.name}`,
    status: 200,
    code: "not_touched",
    detail: `not touched: ${role}${host} failed (${reason})`,
    host: inputs.name,
    region: inputs.region,
    hint: `It is unchanged. Correct what made ${host} fail and run it again.`,
  });
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof FlyError ? error.cause : error;
  if (cause instanceof FlyError) return cause.details.detail;
  return messageOf(cause);
}
