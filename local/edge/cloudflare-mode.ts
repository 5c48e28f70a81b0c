/**
 * Cloudflare's part with Full (strict): terminates TLS with a certificate of its own, reaches the origin through Fly,
 * believes only an origin certificate that its authority signed and hasn't revoked, and says who is asking.
 * Status codes: developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors.
 */
import { randomBytes } from "node:crypto";
import { type ClientRequest, type IncomingMessage, type ServerResponse, request } from "node:http";
import { createServer } from "node:https";
import type { Server } from "node:net";
import type { Duplex } from "node:stream";
import { callbackify } from "node:util";
import { type SecureContext, type TLSSocket, createSecureContext } from "node:tls";
import type { EdgeContext } from "./edge-context.ts";
import { forwardedHeaders, returnedHeaders } from "./forwarded-headers.ts";
import { joinSockets } from "./join-sockets.ts";
import { openOrigin } from "./open-origin.ts";

const MESSAGES: Readonly<Record<number, string>> = {
  520: "Web server is returning an unknown error",
  521: "Web server is down",
  522: "Connection timed out",
  523: "Origin is unreachable",
  525: "SSL handshake failed",
  526: "Invalid SSL certificate",
  530: "Origin DNS error",
};

export function createCloudflareServer(context: EdgeContext): Server {
  const contexts = new Map<string, Promise<SecureContext>>();

  /** One certificate per hostname that leads to an app; others get none, and the handshake fails. */
  function contextFor(hostname: string): Promise<SecureContext> {
    if (!context.resolve(hostname))
      return Promise.reject(new Error(`no proxied record for ${hostname}`));
    const known = contexts.get(hostname);
    if (known) return known;
    const made = context.ca
      .issue([hostname])
      .then(({ key, certificate }) => createSecureContext({ key, cert: certificate }));
    contexts.set(hostname, made);
    made.catch(() => contexts.delete(hostname));
    return made;
  }

  const server = createServer({
    ALPNProtocols: ["http/1.1"],
    SNICallback: callbackify((hostname: string) => contextFor(hostname.toLowerCase())),
  });
  // Visits may last: streams of events, sockets, uploads.
  server.requestTimeout = 0;
  server.on("request", (visit, answer) => void forward(visit, answer, context));
  server.on(
    "upgrade",
    (visit, socket: Duplex, head) => void forwardUpgrade(visit, socket, head, context),
  );
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  server.on("clientError", (_error, socket) => socket.destroy());
  return server;
}

async function forward(
  visit: IncomingMessage,
  answer: ServerResponse,
  context: EdgeContext,
): Promise<void> {
  const ray = newRay(context);
  const origin = await openOriginFor(visit, context);
  if (typeof origin === "number") {
    answer.writeHead(origin, {
      "content-type": "text/plain; charset=utf-8",
      server: "cloudflare",
      "cf-ray": ray,
    });
    answer.end(`error code: ${origin} (${MESSAGES[origin] ?? "unknown"})\n`);
    return;
  }
  if (answer.destroyed) {
    origin.destroy();
    return;
  }
  const outgoing = send(visit, origin, ray);
  outgoing.on("response", (response) => {
    answer.writeHead(
      response.statusCode ?? 520,
      response.statusMessage,
      returnedHeaders(response.rawHeaders, ray),
    );
    answer.flushHeaders();
    response.pipe(answer);
    response.on("error", () => answer.destroy());
  });
  outgoing.on("error", () => {
    if (answer.headersSent) answer.destroy();
    else
      answer
        .writeHead(520, { server: "cloudflare", "cf-ray": ray })
        .end(`error code: 520 (${MESSAGES[520]})\n`);
  });
  // A visitor who leaves early takes the request with them.
  answer.on("close", () => outgoing.destroy());
  visit.pipe(outgoing);
}

async function forwardUpgrade(
  visit: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  context: EdgeContext,
): Promise<void> {
  socket.on("error", () => {});
  const ray = newRay(context);
  const origin = await openOriginFor(visit, context);
  if (typeof origin === "number") {
    socket.end(
      `HTTP/1.1 ${origin} ${MESSAGES[origin] ?? ""}\r\nserver: cloudflare\r\ncf-ray: ${ray}\r\nconnection: close\r\n\r\n`,
    );
    return;
  }
  if (socket.destroyed) {
    origin.destroy();
    return;
  }
  const outgoing = send(visit, origin, ray);
  outgoing.on("upgrade", (response, originSocket, originHead) => {
    originSocket.on("error", () => {});
    socket.write(
      formatHead(response, returnedHeaders(response.rawHeaders, ray, { upgrade: true })),
    );
    if (originHead.length > 0) socket.write(originHead);
    if (head.length > 0) originSocket.write(head);
    joinSockets(socket, originSocket);
  });
  // The origin said no: its answer is the visitor's.
  outgoing.on("response", (response) => {
    socket.write(
      formatHead(response, [...returnedHeaders(response.rawHeaders, ray), "connection", "close"]),
    );
    response.pipe(socket);
    response.on("error", () => socket.destroy());
  });
  outgoing.on("error", () => socket.destroy());
  socket.once("close", () => outgoing.destroy());
  outgoing.end();
}

/** A connection to a healthy origin, or the status that says why there is none. */
function openOriginFor(visit: IncomingMessage, context: EdgeContext): Promise<TLSSocket | number> {
  const hostname = (visit.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
  const app = context.resolve(hostname)?.app;
  if (!app) return Promise.resolve(530);
  return openOrigin(context, app, hostname, visit.socket);
}

function send(visit: IncomingMessage, origin: TLSSocket, ray: string): ClientRequest {
  return request({
    createConnection: () => origin,
    method: visit.method,
    path: visit.url,
    headers: forwardedHeaders(visit, ray),
    setHost: false,
  });
}

function formatHead(response: IncomingMessage, headers: readonly string[]): string {
  const lines = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage}`];
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** `8f2c…-IAD`: a number per request and the data centre it came in by. */
function newRay(context: EdgeContext): string {
  return `${randomBytes(8).toString("hex")}-${context.region.toUpperCase()}`;
}
