import { once } from "node:events";
import {
  type IncomingMessage,
  type Server as HttpServer,
  request as plainRequest,
} from "node:http";
import { createServer as createHttpsServer, request } from "node:https";
import { type Server, createServer } from "node:net";
import { connect } from "node:tls";
import { afterEach, beforeEach, describe, test } from "vitest";
import type { EdgeMachine } from "../../../local/edge/edge-machine.ts";
import { type EdgeSetup, HOSTNAME, deadPort, listen, machineAt, setUpEdge } from "./edge-setup.ts";

let setup: EdgeSetup;
let servers: (Server | HttpServer)[];
let edge: number;

beforeEach(async () => {
  setup = await setUpEdge();
  servers = [];
  edge = (await setup.start({ mode: "cloudflare", connectTimeoutMs: 200 })).edges[0]?.port ?? 0;
});

afterEach(async () => {
  await setup.close();
  for (const server of servers) {
    if ("closeAllConnections" in server) server.closeAllConnections();
    server.close();
  }
});

/** An HTTPS origin that tells what it was asked. */
async function origin(
  hostnames?: readonly string[],
): Promise<{ machine: EdgeMachine; fingerprint: string; server: HttpServer }> {
  const { key, cert, fingerprint } = await setup.originCertificate(hostnames);
  const server = createHttpsServer({ key, cert }, (visitor, answer) => {
    let body = "";
    visitor.on("data", (data) => (body += String(data)));
    visitor.on("end", () => {
      answer.writeHead(201, { "x-seen": "yes", "set-cookie": ["a=1", "b=2"], server: "origin" });
      answer.end(
        JSON.stringify({
          method: visitor.method,
          url: visitor.url,
          headers: visitor.headers,
          body,
        }),
      );
    });
  });
  servers.push(server);
  return { machine: machineAt("m1", await listen(server)), fingerprint, server };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

function visit(
  path = "/",
  options: { method?: string; headers?: Record<string, string>; body?: string; host?: string } = {},
): Promise<Answer> {
  const { method = "GET", headers = {}, body, host = HOSTNAME } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port: edge,
        servername: host,
        ca: setup.ca.root,
        path,
        method,
        headers: { host, ...headers },
        agent: false,
      },
      (answer) => {
        let text = "";
        answer.on("data", (data) => (text += String(data)));
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

describe("Cloudflare mode", () => {
  test("forwards method, path, body and headers, and adds the visitor's address", async ({
    expect,
  }) => {
    setup.machines = [(await origin()).machine];
    const headers = { "x-own": "1", "cf-connecting-ip": "6.6.6.6", "x-forwarded-for": "192.0.2.7" };
    const answer = await visit("/api/x?y=1", { method: "POST", headers, body: "payload" });
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({
      "x-seen": "yes",
      "set-cookie": ["a=1", "b=2"],
      server: "cloudflare",
    });
    const seen = JSON.parse(answer.text) as { headers: Record<string, string> };
    expect(seen).toMatchObject({ method: "POST", url: "/api/x?y=1", body: "payload" });
    expect(seen.headers).toMatchObject({
      host: HOSTNAME,
      "x-own": "1",
      "cf-connecting-ip": "127.0.0.1",
      "cf-visitor": '{"scheme":"https"}',
      "x-forwarded-for": "192.0.2.7, 127.0.0.1",
      "x-forwarded-proto": "https",
    });
    expect(seen.headers["cf-ray"]).toMatch(/^[0-9a-f]{16}-IAD$/);
    expect(answer.headers["cf-ray"]).toBe(seen.headers["cf-ray"]);
  });

  test("the visitor sees the edge's certificate, not the origin's", async ({ expect }) => {
    const { machine, fingerprint } = await origin();
    setup.machines = [machine];
    const socket = connect({
      host: "127.0.0.1",
      port: edge,
      servername: HOSTNAME,
      ca: setup.ca.root,
    });
    await once(socket, "secureConnect");
    const certificate = socket.getPeerCertificate();
    expect(certificate.subjectaltname).toBe(`DNS:${HOSTNAME}`);
    expect(certificate.fingerprint256.replaceAll(":", "").toLowerCase()).not.toBe(fingerprint);
    socket.destroy();
  });

  test("a hostname that leads nowhere has no certificate here; as a mere Host header it is 530", async ({
    expect,
  }) => {
    setup.machines = [(await origin()).machine];
    await expect(visit("/", { host: "app.elsewhere.test" })).rejects.toThrow();
    expect((await visit("/", { headers: { host: "app.elsewhere.test" } })).status).toBe(530);
  });

  test("an origin's revoked certificate is 526 from the moment it is revoked", async ({
    expect,
  }) => {
    const { machine, fingerprint } = await origin();
    setup.machines = [machine];
    expect((await visit()).status).toBe(201);
    setup.revoked.add(fingerprint);
    const answer = await visit();
    expect([answer.status, answer.text]).toEqual([
      526,
      "error code: 526 (Invalid SSL certificate)\n",
    ]);
    expect(setup.messages.at(-1)).toContain("the certificate is revoked");
  });

  test("a certificate for another name, or of another authority, is 526", async ({ expect }) => {
    setup.machines = [(await origin(["other.example.com"])).machine];
    expect((await visit()).status).toBe(526);
    const stranger = await setUpEdge();
    const { key, cert } = await stranger.originCertificate();
    await stranger.close();
    const server = createHttpsServer({ key, cert }, (_visit, answer) => answer.end("never"));
    servers.push(server);
    setup.machines = [machineAt("m1", await listen(server))];
    expect((await visit()).status).toBe(526);
  });

  test("521 refused, 523 no Machine, 525 no TLS, 520 no answer", async ({ expect }) => {
    setup.machines = [machineAt("m1", await deadPort())];
    expect((await visit()).status).toBe(521);
    setup.machines = [];
    expect((await visit()).status).toBe(523);
    const deaf = createServer(
      (socket) => void socket.on("error", () => {}).once("data", () => socket.end("SSH-2.0\r\n")),
    );
    servers.push(deaf);
    setup.machines = [machineAt("m1", await listen(deaf))];
    expect((await visit()).status).toBe(525);
    const { key, cert } = await setup.originCertificate();
    const mute = createHttpsServer({ key, cert }, (visitor) => visitor.socket.destroy());
    servers.push(mute);
    setup.machines = [machineAt("m1", await listen(mute))];
    expect((await visit()).status).toBe(520);
  });

  test("events reach the visitor while the answer goes on, and leaving early ends it at the origin", async ({
    expect,
  }) => {
    const { machine, server } = await origin();
    const left = Promise.withResolvers<void>();
    server
      .removeAllListeners("request")
      .on("request", (_visit: IncomingMessage, answer: import("node:http").ServerResponse) => {
        answer.writeHead(200, { "content-type": "text/event-stream" });
        answer.write("data: first\n\n");
        answer.on("close", () => left.resolve());
      });
    setup.machines = [machine];
    const outgoing = request({
      host: "127.0.0.1",
      port: edge,
      servername: HOSTNAME,
      ca: setup.ca.root,
      headers: { host: HOSTNAME },
      agent: false,
    });
    outgoing.on("error", () => {}).end();
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    const [event] = (await once(answer, "data")) as [Buffer];
    expect(String(event)).toBe("data: first\n\n");
    answer.on("error", () => {});
    outgoing.destroy();
    await left.promise;
  });

  test("an upgrade becomes a connection both ways", async ({ expect }) => {
    const { machine, server } = await origin();
    server.on(
      "upgrade",
      (visitor: IncomingMessage, socket: import("node:stream").Duplex, head: Buffer) => {
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nupgrade: ${visitor.headers.upgrade}\r\nconnection: Upgrade\r\n\r\nwelcome `,
        );
        socket.write(head);
        socket.pipe(socket);
      },
    );
    setup.machines = [machine];
    const outgoing = request({
      host: "127.0.0.1",
      port: edge,
      servername: HOSTNAME,
      ca: setup.ca.root,
      agent: false,
      headers: { host: HOSTNAME, connection: "Upgrade", upgrade: "websocket" },
    });
    outgoing.end();
    const [answer, socket, head] = (await once(outgoing, "upgrade")) as [
      IncomingMessage,
      import("node:net").Socket,
      Buffer,
    ];
    expect([answer.statusCode, answer.headers.upgrade]).toEqual([101, "websocket"]);
    let text = String(head);
    const heard = Promise.withResolvers<void>();
    socket.on("data", (data) => {
      text += String(data);
      if (text.includes("echo")) heard.resolve();
    });
    socket.write("echo");
    await heard.promise;
    expect(text).toBe("welcome echo");
    socket.end();
    await once(socket, "close");
  });

  test("an upgrade that the origin refuses gets its answer", async ({ expect }) => {
    const { machine, server } = await origin();
    server.on("upgrade", (_visitor: IncomingMessage, socket: import("node:stream").Duplex) =>
      socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno"),
    );
    setup.machines = [machine];
    const answer = await visit("/ws", { headers: { connection: "Upgrade", upgrade: "websocket" } });
    expect([answer.status, answer.text]).toEqual([403, "no"]);
  });

  test("plain HTTP and garbage end as a closed connection, and the edge lives on", async ({
    expect,
  }) => {
    setup.machines = [(await origin()).machine];
    const plain = plainRequest({ host: "127.0.0.1", port: edge });
    plain.end();
    await expect(once(plain, "response")).rejects.toThrow();
    expect((await visit()).status).toBe(201);
  });
});
