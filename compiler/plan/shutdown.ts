import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose, hasPath } from "../text/source.ts";
import { oncePer } from "./memoize-by-identity.ts";
import type { HostPlan, ProcessPlan } from "../model/plan.ts";

/** What Process Compose needs besides the services it stops. */
const MARGIN_SECONDS = 20;

/** Fly kills after this at the latest. Source: https://fly.io/docs/reference/configuration/#kill_timeout */
const FLY_SECONDS = 300;

/** Fly's stop timeout of a host: the longest chain and a margin. */
export function stopTimeoutSeconds(host: HostPlan): number {
  return host.stopSeconds + MARGIN_SECONDS;
}

/**
 * Process Compose stops in reverse order of dependence, independent branches at the same time, so a host needs
 * as long as the slowest chain: `caddy` 15 s, then the `nats` it depends on 40 s.
 */
export const longestChain = oncePer((processes: readonly ProcessPlan[]): Chain => {
  const byName = new Map(processes.map((process) => [process.name, process]));
  const from = new Map<ProcessPlan, Chain>();
  // A diamond of dependencies has as many paths as there are subsets: each process is looked at once.
  function chainFrom(process: ProcessPlan): Chain {
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
});

interface Chain {
  readonly processes: readonly ProcessPlan[];
  readonly seconds: number;
}

function longest(chains: readonly Chain[]): Chain {
  return chains.reduce((best, chain) => (chain.seconds > best.seconds ? chain : best), {
    processes: [],
    seconds: 0,
  });
}

/** E404: a host that Fly would kill before its services have stopped. */
export function checkStopBudget(host: HostPlan): Diagnostic[] {
  const budget = stopTimeoutSeconds(host);
  if (budget <= FLY_SECONDS) return [];
  const chain = longestChain(host.processes).processes;
  const slowest = chain.toSorted(
    (a, b) => b.service.stopTimeoutSeconds - a.service.stopTimeoutSeconds,
  )[0];
  if (slowest === undefined) return [];
  const { source } = slowest.service;
  return [
    diagnose(source, {
      code: "E404",
      path: hasPath(source, ["stop_timeout"]) ? ["stop_timeout"] : ["name"],
      message: `stopping ${chain.map(({ service }) => `${service.name} (${service.stopTimeoutSeconds} s)`).join(", then ")} and ${MARGIN_SECONDS} s take ${budget} s: Fly kills after ${FLY_SECONDS}`,
      hint: "Lower `stop_timeout` of one of them, or drop a `depends_on`.",
    }),
  ];
}
