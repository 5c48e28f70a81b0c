import type { HostPlan, ProcessPlan } from "../model/plan.ts";

/** Time that Process Compose needs besides the services it stops. */
export const STOP_MARGIN_SECONDS = 20;

/** Returns Fly's stop timeout of a host: the longest chain and a margin. */
export function stopTimeoutSeconds(host: HostPlan): number {
  return host.stopSeconds + STOP_MARGIN_SECONDS;
}

/** Processes that stop one after the other. */
export interface StopChain {
  readonly processes: readonly ProcessPlan[];
  readonly seconds: number;
}

/**
 * Process Compose stops in reverse order of dependence, independent branches at the same time, so a host needs
 * as long as the slowest chain: `caddy` 15 s, then the `nats` it depends on 40 s.
 */
export function longestChain(processes: readonly ProcessPlan[]): StopChain {
  const byName = new Map(processes.map((process) => [process.name, process]));
  const from = new Map<ProcessPlan, StopChain>();
  // A diamond of dependencies has as many paths as there are subsets, so each process is computed once.
  function chainFrom(process: ProcessPlan): StopChain {
    const known = from.get(process);
    if (known !== undefined) return known;
    const rest = longest(
      process.dependsOn.flatMap(({ name }) => {
        const next = byName.get(name);
        return next === undefined ? [] : [chainFrom(next)];
      }),
    );
    const chain = {
      processes: [process, ...rest.processes],
      seconds: process.service.stopTimeoutSeconds + rest.seconds,
    };
    from.set(process, chain);
    return chain;
  }
  return longest(processes.map(chainFrom));
}

function longest(chains: readonly StopChain[]): StopChain {
  return chains.reduce((best, chain) => (chain.seconds > best.seconds ? chain : best), {
    processes: [],
    seconds: 0,
  });
}
