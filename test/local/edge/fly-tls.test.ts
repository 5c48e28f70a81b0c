/** Fly terminates TLS: its own certificate, plain HTTP to the Machine, its headers; and Cloudflare in front of that. */
import { once } from "node:events";
import { type IncomingHttpHeaders, type Server, createServer } from "node:http";
import { request } from "node:https";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { afterEach, beforeEach, describe, test } from "vitest";
import type { EdgeMachine } from "../../../local/edge/edge-machine.ts";
import { type EdgeSetup, HOSTNAME, deadPort, listen, machineAt, setUpEdge } from "./edge-setup.ts";

let setup: EdgeSetup;
let servers: { close(): unknown }[];

beforeEach(async () => {
  setup = await setUpEdge();
  servers = [];
});
afterEach(async () => {
  await setup.close();
  for (const server of servers) server.close();
});

/** A Machine's plain port that tells what it was sent, and takes upgrades. */
async function plainMachine(id = "m1"): Promise<EdgeMachine> {
  const server: Server = createServer((incoming, answer) => {
    answer.setHeader("x-machine", id);
    answer.end(JSON.stringify({ url: incoming.url, headers: incoming.headers }));
  });
  server.on("upgrade", (_incoming, socket) => {
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n",
    );
    socket.pipe(socket);
  });
  servers.push(server);
  return machineAt(id, await listen(server), { handlers: ["tls", "http"] });
}

async function edgePort(options: Parameters<EdgeSetup["start"]>[0] = {}): Promise<number> {
  const { edges } = await setup.start({
    hasFlyCertificate: (app, hostname) => app === "acme" && hostname === HOSTNAME,
    ...options,
  });
  return edges[0]?.port ?? 0;
}

function visitorOf(port: number): { host: string; port: number; servername: string; ca: string } {
  return { host: "127.0.0.1", port, servername: HOSTNAME, ca: setup.ca.root };
}

interface Seen {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function visit(port: number, path = "/", headers: Record<string, string> = {}): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        ...visitorOf(port),
        agent: false,
        path,
        headers: { host: HOSTNAME, ...headers },
      },
      (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
        answer.once("end", () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }),
        );
      },
    );
    call.once("error", reject).end();
  });
}

function sentTo({ body }: Seen): { url: string; headers: Record<string, string> } {
  return JSON.parse(body) as { url: string; headers: Record<string, string> };
}

describe("a Machine that asks Fly for TLS", () => {
  test("gets plain HTTP, with the visitor in Fly's own headers", async ({ expect }) => {
    setup.machines = [await plainMachine()];
    const forged = { "fly-client-ip": "6.6.6.6", "x-forwarded-for": "192.0.2.7", "x-own": "1" };
    const seen = await visit(await edgePort(), "/a?b=1", forged);
    expect([seen.status, seen.headers["x-machine"]]).toEqual([200, "m1"]);
    expect(sentTo(seen)).toMatchObject({
      url: "/a?b=1",
      headers: {
        host: HOSTNAME,
        "x-own": "1",
        "fly-client-ip": "127.0.0.1",
        "fly-region": "iad",
        "x-forwarded-for": "192.0.2.7, 127.0.0.1",
        "x-forwarded-proto": "https",
      },
    });
    expect(sentTo(seen).headers).not.toHaveProperty("cf-connecting-ip");
  });

  test("takes WebSocket and the like as it is", async ({ expect }) => {
    setup.machines = [await plainMachine()];
    const port = await edgePort();
    const socket = connectTls(visitorOf(port));
    socket.write(
      `GET / HTTP/1.1\r\nhost: ${HOSTNAME}\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n`,
    );
    const [head] = (await once(socket, "data")) as [Buffer];
    expect(head.toString()).toContain("101 Switching Protocols");
    socket.write("ping");
    const [back] = (await once(socket, "data")) as [Buffer];
    expect(back.toString()).toBe("ping");
    socket.destroy();
  });

  test("isn't reached before its certificate is active", async ({ expect }) => {
    setup.machines = [await plainMachine()];
    const port = await edgePort({ hasFlyCertificate: () => false });
    await expect(visit(port)).rejects.toThrow();
    expect(setup.messages).toContain(`edge iad: Fly has no active certificate for ${HOSTNAME} yet`);
  });

  test("that refuses is 503", async ({ expect }) => {
    setup.machines = [machineAt("m1", await deadPort(), { handlers: ["tls", "http"] })];
    expect((await visit(await edgePort())).status).toBe(503);
  });

  test("is reached without Cloudflare's proxy too", async ({ expect }) => {
    setup.machines = [await plainMachine()];
    const port = await edgePort({ resolve: () => ({ app: "acme", proxied: false }) });
    expect((await visit(port)).status).toBe(200);
  });
});

test("between the two modes, a Machine that still has the origin certificate serves until Fly's is active", async ({
  expect,
}) => {
  const { key, cert } = await setup.originCertificate();
  const origin = createTlsServer({ key, cert }, (socket) =>
    socket
      .on("error", () => {})
      .end("HTTP/1.1 200 OK\r\nx-machine: old\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"),
  );
  servers.push(origin);
  setup.machines = [machineAt("old", await listen(origin)), await plainMachine("new")];
  let isActive = false;
  const port = await edgePort({ hasFlyCertificate: () => isActive });
  expect((await visit(port)).headers["x-machine"]).toBe("old");
  isActive = true;
  expect((await visit(port)).headers["x-machine"]).toBe("new");
});

describe("Cloudflare in front of it", () => {
  test("is the visitor that Fly sees, and sends the real visitor's address", async ({ expect }) => {
    setup.machines = [await plainMachine()];
    const seen = await visit(await edgePort({ mode: "cloudflare" }), "/");
    expect([seen.status, seen.headers["server"]]).toEqual([200, "cloudflare"]);
    expect(sentTo(seen).headers).toMatchObject({
      "cf-connecting-ip": "127.0.0.1",
      "fly-client-ip": "173.245.48.1",
      "x-forwarded-for": "127.0.0.1, 173.245.48.1",
    });
  });

  test("answers 525 while Fly has no certificate, 523 without a Machine", async ({ expect }) => {
    setup.machines = [await plainMachine()];
    const options = { mode: "cloudflare", hasFlyCertificate: () => false } as const;
    expect((await visit(await edgePort(options))).status).toBe(525);
    setup.machines = setup.machines.map((machine) => ({ ...machine, state: "stopped" }));
    expect((await visit(await edgePort({ mode: "cloudflare" }))).status).toBe(523);
  });

  test("has no certificate for a name that isn't proxied", async ({ expect }) => {
    setup.machines = [await plainMachine()];
    const resolve = () => ({ app: "acme", proxied: false });
    await expect(visit(await edgePort({ mode: "cloudflare", resolve }))).rejects.toThrow();
  });
});
