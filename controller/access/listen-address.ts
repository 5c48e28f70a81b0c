import { BlockList, isIP } from "node:net";

/** Where the controller may not listen as it was asked to. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly exitCode = 2;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/**
 * `127.0.0.1:4400` or `[::1]:4400` → its parts. Tokens cross the wire: off this machine only with TLS.
 *
 * @throws {ListenError} when it is no address, or one others can reach and there is no certificate
 */
export function parseListen(text: string, hasCertificate: boolean): ListenAddress {
  const [, six, four, port = ""] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = six ?? four ?? "";
  const family = isIP(host);
  if (family === 0 || Number(port) > 65_535)
    throw new ListenError(
      `--listen ${text} is no address and port: write one like 127.0.0.1:4400 or [::1]:4400`,
    );
  const isLoopback = loopback.check(host, family === 6 ? "ipv6" : "ipv4");
  if (!isLoopback && !hasCertificate)
    throw new ListenError(
      `--listen ${text} can be reached by others, and tokens would cross the network in the clear: give --tls-cert and --tls-key, or listen on 127.0.0.1`,
    );
  return { host, port: Number(port) };
}
