/** Connects a visitor to the best Machine that accepts, as Fly Proxy does. Both modes of the edge use it. */
import { type Socket, connect } from "node:net";
import { chooseTargets } from "./choose-targets.ts";
import { chooseToStart } from "./choose-to-start.ts";
import type { EdgeMachine, EdgeTarget } from "./edge-machine.ts";
import { type ProxyEnds, formatProxyHeader } from "./proxy-header.ts";

export interface DialRequest {
  readonly app: string;
  readonly visitorRegion: string;
  /** Both ends of the visitor's connection, for the PROXY header. */
  readonly ends: ProxyEnds;
  /** Whether the visitor has closed the connection. */
  readonly isGone: () => boolean;
  readonly machines: () => readonly EdgeMachine[];
  /** Open connections by Machine id; kept up to date here until each socket closes. */
  readonly connections: Map<string, number>;
  readonly connectTimeoutMs: number;
  /** Starts a stopped Machine; resolves when it takes connections, or never will. Absent: none is started. */
  readonly startMachine?: ((id: string) => Promise<void>) | undefined;
}

export type DialResult =
  | { readonly socket: Socket; readonly target: EdgeTarget }
  /** `none`: no Machine could be tried; otherwise how the last one that was tried failed. */
  | { readonly failure: "none" | "refused" | "timeout" };

/** Tries the Machines in order until one accepts; until then none of the visitor's bytes is sent. Never rejects. */
export async function dial(request: DialRequest): Promise<DialResult> {
  const tried = new Set<string>();
  const started = new Set<string>();
  let failure: "none" | "refused" | "timeout" = "none";
  for (;;) {
    if (request.isGone()) return { failure };
    const targets = chooseTargets(
      request.machines(),
      request.app,
      request.visitorRegion,
      request.connections,
    );
    const target = targets.find(({ machine }) => !tried.has(machine.id));
    const starting = startOne(request, started);
    if (!target) {
      if (starting === undefined) return { failure };
      // No other Machine is left: the visitor waits for the one that starts.
      await starting;
      continue;
    }
    tried.add(target.machine.id);
    const result = await connectTo(target, request);
    if (typeof result !== "string") return { socket: result, target };
    failure = result;
  }
}

/** Starts at most one Machine; undefined when none is to be started, or this connection has already started it. */
function startOne(request: DialRequest, started: Set<string>): Promise<void> | undefined {
  const { startMachine, machines, app, visitorRegion, connections } = request;
  if (startMachine === undefined) return undefined;
  const target = chooseToStart(machines(), app, visitorRegion, connections);
  if (target === undefined || started.has(target.machine.id)) return undefined;
  started.add(target.machine.id);
  return startMachine(target.machine.id);
}

function connectTo(
  target: EdgeTarget,
  { connections, connectTimeoutMs, ends }: DialRequest,
): Promise<Socket | "refused" | "timeout"> {
  const { id, address } = target.machine;
  const { promise, resolve } = Promise.withResolvers<Socket | "refused" | "timeout">();
  connections.set(id, (connections.get(id) ?? 0) + 1);
  const socket = connect({ host: address, port: target.port, allowHalfOpen: true, noDelay: true });
  const timer = setTimeout(() => {
    resolve("timeout");
    socket.destroy();
  }, connectTimeoutMs);
  socket.once("connect", () => {
    clearTimeout(timer);
    if (target.handlers.includes("proxy_proto")) socket.write(formatProxyHeader(ends));
    resolve(socket);
  });
  // The listener stays for the life of the socket: without it an abrupt end would crash the cloud.
  socket.on("error", () => resolve("refused"));
  socket.once("close", () => {
    clearTimeout(timer);
    const left = (connections.get(id) ?? 1) - 1;
    if (left > 0) connections.set(id, left);
    else connections.delete(id);
    resolve("refused");
  });
  return promise;
}
