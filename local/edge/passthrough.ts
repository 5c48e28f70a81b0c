/**
 * Fly's dedicated address with TCP on 443. Where it passes through to the Machine, the edge sees nothing but the name
 * the client asks for; where the Machines ask for it, it terminates TLS (`fly-tls.ts`).
 */
import { type Server, type Socket, createServer } from "node:net";
import { readClientHello } from "./client-hello.ts";
import { dial } from "./dial.ts";
import type { EdgeContext } from "./edge-context.ts";
import { type FlyTerminator, asksForTls, createFlyTerminator, isTerminated } from "./fly-tls.ts";
import { joinSockets } from "./join-sockets.ts";

const HELLO_TIMEOUT_MS = 10_000;

/**
 * Really, DNS leads to an address that is one app's alone. Here all apps share the edge's, so the server name stands in
 * for the address. Unknown names, garbage and an app without a healthy Machine end as a closed connection.
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

/** False, with the reason in the log, when the visitor can't be brought anywhere. */
async function join(visitor: Socket, hello: Hello, context: EdgeContext): Promise<boolean> {
  const log = (message: string) => context.log(`edge ${context.region}: ${message}`);
  const { app, proxied } = context.resolve(hello.serverName) ?? {};
  // Only Cloudflare trusts what the Machine would answer with.
  if (app === undefined || proxied !== true) {
    log(`no proxied record leads from ${hello.serverName} to an app`);
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
    log(`no Machine of ${app} takes the connection (${result.failure})`);
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
  /** Everything received so far. */
  readonly bytes: Buffer;
}

/** The client's first bytes and the name in them; nothing when it sends no such thing in time. */
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
