/** Connects a visitor to the best Machine that answers: Fly Proxy's part in both modes of the edge. */
import { type Socket, connect } from "node:net";
import { chooseTargets } from "./choose-targets.ts";
import { chooseSleeper } from "./choose-to-start.ts";
import type { EdgeMachine, EdgeTarget } from "./edge-machine.ts";
import { type ProxyEnds, formatProxyHeader } from "./proxy-header.ts";

export interface DialRequest {
  readonly app: string;
  readonly visitorRegion: string;
  /** What the PROXY header says. */
  readonly ends: ProxyEnds;
  /** Whether the visitor left meanwhile. */
  readonly isGone: () => boolean;
  readonly machines: () => readonly EdgeMachine[];
  /** Open connections by Machine id; kept up to date here until each socket closes. */
  readonly connections: Map<string, number>;
  readonly connectTimeoutMs: number;
  /** Starts a sleeping Machine; resolves when it takes connections, or won't. */
  readonly wake?: ((id: string) => Promise<void>) | undefined;
}

export type DialResult =
  | { readonly socket: Socket; readonly target: EdgeTarget }
  /** `none`: no Machine is there to be asked; the others tell how the last one asked refused. */
  | { readonly failure: "none" | "refused" | "timeout" };

/** Tries the Machines in order until one accepts; nothing of the visitor's has been sent until then. Never rejects. */
export async function dial(request: DialRequest): Promise<DialResult> {
  const tried = new Set<string>();
  const woken = new Set<string>();
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
    const waking = wakeOne(request, woken);
    if (!target) {
      if (waking === undefined) return { failure };
      // Nobody else is there: the visitor waits for the one that wakes.
      await waking;
      continue;
    }
    tried.add(target.machine.id);
    const result = await connectTo(target, request);
    if (typeof result !== "string") return { socket: result, target };
    failure = result;
  }
}

/** Undefined when nothing is to be woken, or this connection has already woken it. */
function wakeOne(request: DialRequest, woken: Set<string>): Promise<void> | undefined {
  const { wake, machines, app, visitorRegion, connections } = request;
  const sleeper = wake && chooseSleeper(machines(), app, visitorRegion, connections);
  if (wake === undefined || sleeper === undefined || woken.has(sleeper.machine.id))
    return undefined;
  woken.add(sleeper.machine.id);
  return wake(sleeper.machine.id);
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
  // Stays for the life of the socket: an abrupt end is news for whoever uses it, never a crash.
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
