/**
 * Hosts of a region that go to rest at about the same time leave the load balancer one by one, the highest slot first,
 * and all of them before any begins to drain: so no visitor is handed from one that goes to the next.
 */
import type { Fly } from "../api/client.ts";
import { byHostName, gatherMs } from "./rollout-gate.ts";
import type { MachineInputs } from "./machine-inputs.ts";

interface PendingCordon {
  readonly inputs: MachineInputs;
  readonly cordon: () => Promise<void>;
  readonly outcome: PromiseWithResolvers<void>;
}

const gathered = new WeakMap<Fly, Map<string, PendingCordon[]>>();

/** Resolves once this host and those that go with it are cordoned. Rejects as `cordon` does. */
export function cordonInOrder(
  fly: Fly,
  inputs: MachineInputs,
  cordon: () => Promise<void>,
): Promise<void> {
  const regions = gathered.get(fly) ?? new Map<string, PendingCordon[]>();
  gathered.set(fly, regions);
  const region = `${inputs.app}/${inputs.region}`;
  const others = regions.get(region) ?? [];
  const leaving: PendingCordon = { inputs, cordon, outcome: Promise.withResolvers() };
  regions.set(region, [...others, leaving]);
  if (others.length === 0)
    fly.clock.after(gatherMs, () => {
      const all = regions.get(region) ?? [];
      regions.delete(region);
      void cordonAll(all);
    });
  return leaving.outcome.promise;
}

async function cordonAll(all: readonly PendingCordon[]): Promise<void> {
  const done: PendingCordon[] = [];
  for (const leaving of all.toSorted((a, b) => byHostName(b, a))) {
    try {
      await leaving.cordon();
      done.push(leaving);
    } catch (error) {
      leaving.outcome.reject(error);
    }
  }
  for (const { outcome } of done) outcome.resolve();
}
