/**
 * Processes of a `local` service per host: round-robin over the first `spread` hosts until each has
 * `maxPerHost`, then host by host. Depends on nothing else, so a host more moves nobody.
 */
export function placeLocal(replicas: number, spread: number, maxPerHost: number): number[] {
  const spreadOut = Math.min(replicas, spread * maxPerHost);
  const hosts = Array.from({ length: Math.min(spread, spreadOut) }, (_, host) =>
    Math.ceil((spreadOut - host) / spread),
  );
  for (let left = replicas - spreadOut; left > 0; left -= maxPerHost)
    hosts.push(Math.min(left, maxPerHost));
  return hosts;
}
