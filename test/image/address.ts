import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

/** A loopback address that hardly anybody else uses: what listens there meets no other test. */
export function ownAddress(): string {
  return `127.${randomInt(200, 250)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
}

/** A port that is free on the address right now. */
export async function freePort(address: string): Promise<number> {
  const server = createServer().listen(0, address);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
