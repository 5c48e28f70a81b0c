/** A Hono app on a port of the loopback interface. */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";

export interface Listener {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Closes the port and every open connection. */
  close(): Promise<void>;
}

/**
 * Starts to listen. Port 0 takes any free one.
 *
 * @throws the system's error (`EADDRINUSE`) when the port is taken
 */
export async function listenOn(app: Hono, port: number, hostname = "127.0.0.1"): Promise<Listener> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.listen(port, hostname);
  await once(server, "listening");
  const bound = server.address() as AddressInfo;
  return {
    url: `http://${bound.address}:${bound.port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
