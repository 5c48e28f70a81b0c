/**
 * Hosts of a region that go to rest at about the same time leave the load balancer one by one, the highest slot first,
 * and all of them before any begins to drain: so no visitor is handed from one that goes to the next.
 */
import type { Fly } from "../api/client.ts";
import { byPlace, gatherMs } from "./rollout-gate.ts";
import type { MachineInputs } from "./machine-inputs.ts";

interface Leaving {
  readonly inputs: MachineInputs;
  readonly cordon: () => Promise<void>;
  readonly outcome: PromiseWithResolvers<void>;
}

const gathered = new WeakMap<Fly, Map<string, Leaving[]>>();

/** Resolves once this host and those that go with it are cordoned. Rejects as `cordon` does. */
export function leaveInOrder(
  fly: Fly,
  inputs: MachineInputs,
  cordon: () => Promise<void>,
): Promise<void> {
  const regions = gathered.get(fly) ?? new Map<string, Leaving[]>();
  gathered.set(fly, regions);
  const region = `${inputs.app}/${inputs.region}`;
  const others = regions.get(region) ?? [];
  const leaving: Leaving = { inputs, cordon, outcome: Promise.withResolvers() };
  regions.set(region, [...others, leaving]);
  if (others.length === 0)
    fly.clock.after(gatherMs, () => {
      const all = regions.get(region) ?? [];
      regions.delete(region);
      void cordonAll(all);
    });
  return leaving.outcome.promise;
}

async function cordonAll(all: readonly Leaving[]): Promise<void> {
  const done: Leaving[] = [];
  for (const leaving of all.toSorted((a, b) => byPlace(b, a))) {
    try {
      await leaving.cordon();
      done.push(leaving);
    } catch (error) {
      leaving.outcome.reject(error);
    }
  }
  for (const { outcome } of done) outcome.resolve();
}
