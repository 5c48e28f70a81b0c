import { BlockList, isIP } from "node:net";

/** The controller can't or mustn't listen on the given address. */
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
 * Parses `127.0.0.1:4400` or `[::1]:4400`. Requests carry tokens, so an address beyond loopback needs TLS.
 *
 * @throws {ListenError} when the text isn't an address, or other machines can reach it and there is no certificate
 */
export function parseListen(text: string, hasCertificate: boolean): ListenAddress {
  const [, six, four, port = ""] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = six ?? four ?? "";
  const family = isIP(host);
  if (family === 0 || Number(port) > 65_535)
    throw new ListenError(
      `--listen ${text} isn't an address and port: write one like 127.0.0.1:4400 or [::1]:4400`,
    );
  const isLoopback = loopback.check(host, family === 6 ? "ipv6" : "ipv4");
  if (!isLoopback && !hasCertificate)
    throw new ListenError(
      `--listen ${text} can be reached from other machines, and tokens would cross the network unencrypted: give --tls-cert and --tls-key, or listen on 127.0.0.1`,
    );
  return { host, port: Number(port) };
}
