/** The edges of the local cloud: one listener per region that visitors come from. */
import type { Server } from "node:net";
import { createCloudflareServer } from "./cloudflare-mode.ts";
import type { EdgeContext, EdgeOptions } from "./edge-context.ts";
import { createPassthroughServer } from "./passthrough.ts";

export interface Edges {
  readonly edges: readonly {
    readonly region: string;
    readonly port: number;
    readonly url: string;
  }[];
  /** Closes the listeners and every connection. */
  close(): Promise<void>;
}

const HOST = "127.0.0.1";

/** @throws the system's error (`EADDRINUSE`, with its `port`) when a port is in use; then no edge listens */
export async function startEdges(options: EdgeOptions): Promise<Edges> {
  const { connections = new Map<string, number>() } = options;
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    await Promise.all(closers.map((closer) => closer()));
  };
  try {
    const edges = [];
    for (const { region, port } of options.regions) {
      const context: EdgeContext = {
        connectTimeoutMs: 5000,
        hasFlyCertificate: () => false,
        ...options,
        region,
        connections,
      };
      const server =
        options.mode === "cloudflare"
          ? createCloudflareServer(context)
          : createPassthroughServer(context);
      closers.push(closerOf(server));
      const bound = await listen(server, port);
      edges.push({ region, port: bound, url: `https://${HOST}:${bound}` });
    }
    return { edges, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once("error", reject);
  server.listen(port, HOST, () => {
    const address = server.address();
    resolve(typeof address === "object" && address ? address.port : port);
  });
  return promise;
}

/** Returns the function that closes the server and its connections, which visitors could otherwise keep open. */
function closerOf(server: Server): () => Promise<void> {
  const sockets = new Set<{ destroy(): unknown }>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
}
