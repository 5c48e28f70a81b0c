import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";

/**
 * Serves `GET /healthz`: 200 while `isHealthy` returns true, 503 otherwise.
 *
 * @throws when the port can't be bound
 */
export async function startHealth(options: {
  readonly host: string;
  readonly port: number;
  readonly isHealthy: () => boolean;
}): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url !== "/healthz") {
      response.writeHead(404).end();
      return;
    }
    const healthy = options.isHealthy();
    response.writeHead(healthy ? 200 : 503, { "content-type": "text/plain" });
    response.end(healthy ? "ok\n" : "not connected to NATS\n");
  });
  server.listen(options.port, options.host);
  await once(server, "listening");
  return server;
}
