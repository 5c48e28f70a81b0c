/** One hop of HTTP/1.1: forwards a visitor's request to an origin and the response back, WebSockets and event streams included. */
import {
  type ClientRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  request,
} from "node:http";
import type { Duplex } from "node:stream";
import { joinSockets } from "./join-sockets.ts";

/** What a hop does with one request of a visitor. */
export interface Hop {
  /** Returns the connection to the origin and the headers to send, or the response to give instead. Never rejects. */
  reach(visit: IncomingMessage): Promise<Reached | Refused>;
  /** Returns the headers of the response to the visitor, made from the origin's. Names and values alternate, as everywhere here. */
  returned(rawHeaders: readonly string[], options: { readonly upgrade: boolean }): string[];
  /** The response when the origin closes the connection before it has answered. */
  readonly broken: Refused;
}

export interface Reached {
  readonly origin: Duplex;
  readonly headers: readonly string[];
}

export interface Refused {
  readonly status: number;
  readonly text: string;
  readonly headers: readonly string[];
}

/** Serves every request and upgrade of the server. @param begin called once per request */
export function addHop(server: Server, begin: (visit: IncomingMessage) => Hop): void {
  // No limit, as event streams, WebSockets and uploads may last long.
  server.requestTimeout = 0;
  server.on("request", (visit, answer) => void forward(visit, answer, begin(visit)));
  server.on(
    "upgrade",
    (visit, socket: Duplex, head) => void forwardUpgrade(visit, socket, head, begin(visit)),
  );
  server.on("clientError", (_error, socket) => socket.destroy());
}

async function forward(visit: IncomingMessage, answer: ServerResponse, hop: Hop): Promise<void> {
  const reached = await hop.reach(visit);
  if ("status" in reached) return refuse(answer, reached);
  if (answer.destroyed) {
    reached.origin.destroy();
    return;
  }
  const outgoing = send(visit, reached);
  outgoing.on("response", (response) => {
    answer.writeHead(
      response.statusCode ?? hop.broken.status,
      response.statusMessage,
      hop.returned(response.rawHeaders, { upgrade: false }),
    );
    answer.flushHeaders();
    response.pipe(answer);
    response.on("error", () => answer.destroy());
  });
  outgoing.on("error", () => {
    if (answer.headersSent) answer.destroy();
    else refuse(answer, hop.broken);
  });
  // When the visitor disconnects, the request to the origin ends too.
  answer.on("close", () => outgoing.destroy());
  visit.pipe(outgoing);
}

function refuse(answer: ServerResponse, { status, text, headers }: Refused): void {
  answer.writeHead(status, ["content-type", "text/plain; charset=utf-8", ...headers]);
  answer.end(`${text}\n`);
}

async function forwardUpgrade(
  visit: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  hop: Hop,
): Promise<void> {
  socket.on("error", () => {});
  const reached = await hop.reach(visit);
  if ("status" in reached) {
    const { status, text, headers } = reached;
    socket.end(formatHead(status, text, [...headers, "connection", "close"]));
    return;
  }
  if (socket.destroyed) {
    reached.origin.destroy();
    return;
  }
  const outgoing = send(visit, reached);
  outgoing.on("upgrade", (response, originSocket, originHead) => {
    originSocket.on("error", () => {});
    socket.write(headOf(response, hop.returned(response.rawHeaders, { upgrade: true })));
    if (originHead.length > 0) socket.write(originHead);
    if (head.length > 0) originSocket.write(head);
    joinSockets(socket, originSocket);
  });
  // The origin refused the upgrade: its response goes to the visitor.
  outgoing.on("response", (response) => {
    const headers = hop.returned(response.rawHeaders, { upgrade: false });
    socket.write(headOf(response, [...headers, "connection", "close"]));
    response.pipe(socket);
    response.on("error", () => socket.destroy());
  });
  outgoing.on("error", () => socket.destroy());
  socket.once("close", () => outgoing.destroy());
  outgoing.end();
}

function send(visit: IncomingMessage, { origin, headers }: Reached): ClientRequest {
  return request({
    createConnection: () => origin,
    method: visit.method,
    path: visit.url,
    headers,
    setHost: false,
  });
}

function headOf(response: IncomingMessage, headers: readonly string[]): string {
  return formatHead(response.statusCode ?? 0, response.statusMessage ?? "", headers);
}

function formatHead(status: number, text: string, headers: readonly string[]): string {
  const lines = [`HTTP/1.1 ${status} ${text}`];
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}
