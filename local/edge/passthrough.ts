/**
 * An app's dedicated address on Fly with TCP on port 443. The edge reads only the server name that the client asks for and passes
 * the bytes through to a Machine; where the Machines ask for it, it terminates TLS (`fly-tls.ts`).
 */
import { type Server, type Socket, createServer } from "node:net";
import { readClientHello } from "./client-hello.ts";
import { dial } from "./dial.ts";
import type { EdgeContext } from "./edge-context.ts";
import { type FlyTerminator, asksForTls, createFlyTerminator, isTerminated } from "./fly-tls.ts";
import { joinSockets } from "./join-sockets.ts";

const HELLO_TIMEOUT_MS = 10_000;

/**
 * On Fly, DNS points to an address that belongs to one app. Here all apps share the edge's address, so the server name selects
 * the app. An unknown name, bytes that aren't TLS and an app without a healthy Machine end in a closed connection.
 */
export function createPassthroughServer(context: EdgeContext): Server {
  const terminator = createFlyTerminator(context);
  return createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (visitor) => {
    visitor.on("error", () => {});
    void serve(visitor, context, terminator);
  });
}

async function serve(
  visitor: Socket,
  context: EdgeContext,
  terminator: FlyTerminator,
): Promise<void> {
  const hello = await readHello(visitor);
  if (!hello) visitor.destroy();
  else if (hasFlyCertificate(hello, context)) {
    visitor.unshift(hello.bytes);
    terminator.serve(visitor);
  } else if (!(await join(visitor, hello, context))) visitor.destroy();
}

function hasFlyCertificate({ serverName }: Hello, context: EdgeContext): boolean {
  const app = context.resolve(serverName)?.app;
  if (app === undefined || !isTerminated(context, app)) return false;
  if (context.hasFlyCertificate(app, serverName)) return true;
  context.log(`edge ${context.region}: Fly has no active certificate for ${serverName} yet`);
  return false;
}

/** Connects the visitor to a Machine. Returns false, with the reason in the log, when that isn't possible. */
async function join(visitor: Socket, hello: Hello, context: EdgeContext): Promise<boolean> {
  const log = (message: string) => context.log(`edge ${context.region}: ${message}`);
  const { app, proxied } = context.resolve(hello.serverName) ?? {};
  // Only Cloudflare trusts the Machine's certificate, so a name without its proxy isn't served.
  if (app === undefined || proxied !== true) {
    log(`no proxied record points from ${hello.serverName} to an app`);
    return false;
  }
  const isGone = () => visitor.destroyed;
  const result = await dial({
    ...context,
    machines: () => context.machines().filter((machine) => !asksForTls(machine)),
    app,
    visitorRegion: context.region,
    ends: visitor,
    isGone,
  });
  if ("failure" in result) {
    log(`no Machine of ${app} accepts the connection (${result.failure})`);
    return false;
  }
  const { socket } = result;
  if (isGone()) {
    socket.destroy();
    return false;
  }
  socket.write(hello.bytes);
  joinSockets(visitor, socket);
  return true;
}

interface Hello {
  readonly serverName: string;
  /** All bytes received so far. */
  readonly bytes: Buffer;
}

/** Reads the client's first bytes and the server name in them; undefined when it sends no ClientHello with a name in time. */
function readHello(visitor: Socket): Promise<Hello | undefined> {
  const { promise, resolve } = Promise.withResolvers<Hello | undefined>();
  let bytes: Buffer = Buffer.alloc(0);
  const finish = (serverName?: string) => {
    visitor.off("data", onData).off("end", onEnd).off("close", onEnd);
    visitor.pause();
    clearTimeout(timer);
    resolve(serverName === undefined ? undefined : { serverName, bytes });
  };
  const onEnd = () => finish();
  const onData = (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    const hello = readClientHello(bytes);
    if (hello.kind !== "incomplete") finish(hello.kind === "hello" ? hello.serverName : undefined);
  };
  const timer = setTimeout(onEnd, HELLO_TIMEOUT_MS);
  visitor.on("data", onData).once("end", onEnd).once("close", onEnd).resume();
  return promise;
}
