import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface Stub {
  /** `127.0.0.1:<port>`. */
  readonly address: string;
  close(): Promise<void>;
}

/** A server on any free port: by default it answers with what it saw of the request. */
export async function startStub(name: string, handle: typeof echo = echo): Promise<Stub> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => handle(name, request, response));
  server.on("connection", (socket) => sockets.add(socket));
  server.on("upgrade", (request: IncomingMessage, socket: Socket) => {
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Stub: ${name} ${request.url ?? ""}\r\n\r\n`,
    );
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

export function echo(name: string, request: IncomingMessage, response: ServerResponse): void {
  const { host, ...headers } = request.headers;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ name, host, url: request.url, client: headers["x-real-ip"] }));
}
