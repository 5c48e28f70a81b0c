/**
 * Cordons the hosts of a region that stop at about the same time one by one, the highest slot first, and all of them
 * before any begins to drain. So no visitor moves from one stopping host to another.
 */
import type { Fly } from "../api/client.ts";
import { byHostName, gatherMs } from "./rollout-gate.ts";
import type { MachineInputs } from "./machine-inputs.ts";

interface PendingCordon {
  readonly inputs: MachineInputs;
  readonly cordon: () => Promise<void>;
  readonly outcome: PromiseWithResolvers<void>;
}

const pendingByRegion = new WeakMap<Fly, Map<string, PendingCordon[]>>();

/** Resolves once this host and those that stop with it are cordoned. Rejects as `cordon` does. */
export function cordonInOrder(
  fly: Fly,
  inputs: MachineInputs,
  cordon: () => Promise<void>,
): Promise<void> {
  const regions = pendingByRegion.get(fly) ?? new Map<string, PendingCordon[]>();
  pendingByRegion.set(fly, regions);
  const region = `${inputs.app}/${inputs.region}`;
  const others = regions.get(region) ?? [];
  const pending: PendingCordon = { inputs, cordon, outcome: Promise.withResolvers() };
  regions.set(region, [...others, pending]);
  if (others.length === 0)
    fly.clock.after(gatherMs, () => {
      const all = regions.get(region) ?? [];
      regions.delete(region);
      void cordonAll(all);
    });
  return pending.outcome.promise;
}

async function cordonAll(all: readonly PendingCordon[]): Promise<void> {
  const done: PendingCordon[] = [];
  for (const pending of all.toSorted((a, b) => byHostName(b, a))) {
    try {
      await pending.cordon();
      done.push(pending);
    } catch (error) {
      pending.outcome.reject(error);
    }
  }
  for (const { outcome } of done) outcome.resolve();
}
