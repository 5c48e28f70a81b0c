/** The private network: hosts by address, and a plain read of one of their ports. */
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";

export interface PrivateHost {
  readonly name: string;
  /** For a URL: IPv6 in brackets. */
  readonly address: string;
}

/** The text at a URL; throws when there is no answer, or not a good one. */
export type ReadText = (url: string) => Promise<string>;

const TIMEOUT_MS = 5_000;

export const readText: ReadText = async (url) => {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.text();
};

/** Those that run and have an address, by name. */
export function privateHosts(hosts: readonly ObservedHost[]): PrivateHost[] {
  return hosts
    .flatMap(({ name, state, privateIp }) =>
      state === "started" && privateIp !== undefined
        ? [{ name, address: privateIp.includes(":") ? `[${privateIp}]` : privateIp }]
        : [],
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
