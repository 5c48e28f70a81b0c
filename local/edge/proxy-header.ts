/** The header of the PROXY protocol, version 1, which Fly's `proxy_proto` handler sends (haproxy: proxy-protocol.txt). */
import { isIPv6 } from "node:net";

/** Both ends of a visitor's connection, as `node:net` names them. */
export interface ProxyEnds {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}

/** Returns the header line; it says `UNKNOWN` when the connection is already closed. */
export function formatProxyHeader({
  remoteAddress,
  remotePort,
  localAddress,
  localPort,
}: ProxyEnds): string {
  if (!remoteAddress || !localAddress || !remotePort || !localPort) return "PROXY UNKNOWN\r\n";
  const family = isIPv6(remoteAddress) ? "TCP6" : "TCP4";
  return `PROXY ${family} ${remoteAddress} ${localAddress} ${remotePort} ${localPort}\r\n`;
}
