/** The edge in front of a real Caddy that is configured as the product configures it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { type Socket, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, test, vi } from "vitest";
import { ensureTools } from "../../../toolchain/index.ts";
import { type EdgeSetup, HOSTNAME, deadPort, machineAt, setUpEdge } from "./edge-setup.ts";

let setup: EdgeSetup;
let dir: string;
let caddy: ChildProcess | undefined;
let port: number;

function configOf(folder: string): object {
  const body = "{http.request.remote.host} {http.request.remote.port} {http.vars.client_ip}";
  return {
    admin: { disabled: true },
    storage: { module: "file_system", root: join(folder, "storage") },
    apps: {
      tls: {
        certificates: {
          load_files: [
            { certificate: join(folder, "origin.pem"), key: join(folder, "origin.key") },
          ],
        },
      },
      http: {
        servers: {
          edge: {
            listen: [`127.0.0.1:${port}`],
            protocols: ["h1", "h2"],
            automatic_https: { disable: true },
            tls_connection_policies: [{}],
            listener_wrappers: [
              { wrapper: "proxy_protocol", fallback_policy: "use" },
              { wrapper: "tls" },
            ],
            trusted_proxies: { source: "static", ranges: ["173.245.48.0/20"] },
            client_ip_headers: ["CF-Connecting-IP"],
            routes: [{ handle: [{ handler: "static_response", status_code: 200, body }] }],
          },
        },
      },
    },
  };
}

beforeAll(async () => {
  setup = await setUpEdge();
  dir = await mkdtemp(join(tmpdir(), "flotilla-caddy-"));
  const tools = await ensureTools(["caddy"]);
  port = await deadPort();
  const { key, cert } = await setup.originCertificate();
  await Promise.all([
    writeFile(join(dir, "origin.pem"), cert),
    writeFile(join(dir, "origin.key"), key, { mode: 0o600 }),
    writeFile(join(dir, "caddy.json"), JSON.stringify(configOf(dir))),
  ]);
  caddy = spawn(tools.caddy.path, ["run", "--config", join(dir, "caddy.json")], {
    stdio: "ignore",
    env: { HOME: dir },
  });
  await vi.waitFor(
    async () => {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      socket.destroy();
    },
    { timeout: 20_000 },
  );
  setup.machines = [machineAt("m1", port, { handlers: ["proxy_proto"] })];
});

afterAll(async () => {
  if (caddy) {
    caddy.kill("SIGKILL");
    await once(caddy, "exit");
  }
  await setup.close();
  await rm(dir, { recursive: true, force: true });
});

async function visit(
  edge: number,
): Promise<{ readonly localPort: number; readonly words: readonly string[] }> {
  const outgoing = request({
    host: "127.0.0.1",
    port: edge,
    servername: HOSTNAME,
    ca: setup.ca.root,
    headers: { host: HOSTNAME },
    agent: false,
  });
  outgoing.end();
  const [socket] = (await once(outgoing, "socket")) as [Socket];
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  const { localPort = 0 } = socket;
  let text = "";
  for await (const chunk of answer) text += String(chunk);
  return { localPort, words: text.split(" ") };
}

test("pass-through: Caddy takes the visitor's end from the PROXY header", async ({ expect }) => {
  const { edges } = await setup.start({});
  const { localPort, words } = await visit(edges[0]?.port ?? 0);
  expect(words).toEqual(["127.0.0.1", String(localPort), "127.0.0.1"]);
});

test("Cloudflare mode: the peer is Cloudflare, and Caddy trusts its headers about the visitor", async ({
  expect,
}) => {
  const { edges } = await setup.start({ mode: "cloudflare" });
  const { words } = await visit(edges[0]?.port ?? 0);
  expect([words[0], words[2]]).toEqual(["173.245.48.1", "127.0.0.1"]);
});
