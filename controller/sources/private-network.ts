/** Hosts by their address in the private network, and a plain HTTP read of one of their ports. */
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";

export interface PrivateHost {
  readonly name: string;
  /** As a URL takes it: IPv6 in brackets. */
  readonly address: string;
}

/** Returns the text at a URL. Throws if there is no answer in time or its status isn't 2xx. */
export type ReadText = (url: string) => Promise<string>;

const TIMEOUT_MS = 5_000;

export const readText: ReadText = async (url) => {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.text();
};

/** The started hosts that have an address, sorted by name. */
export function privateHosts(hosts: readonly ObservedHost[]): PrivateHost[] {
  return hosts
    .flatMap(({ name, state, privateIp }) =>
      state === "started" && privateIp !== undefined
        ? [{ name, address: privateIp.includes(":") ? `[${privateIp}]` : privateIp }]
        : [],
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
