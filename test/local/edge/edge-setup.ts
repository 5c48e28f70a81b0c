import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalCa, openCa } from "../../../local/cloudflare/ca.ts";
import type { EdgeOptions } from "../../../local/edge/edge-context.ts";
import type { EdgeMachine } from "../../../local/edge/edge-machine.ts";
import { type Edges, startEdges } from "../../../local/edge/edges.ts";
import { makeRequest } from "../cloudflare/make-request.ts";

export const HOSTNAME = "app.example.com";

export interface EdgeSetup {
  readonly ca: LocalCa;
  /** What runs; tests change it while the edge is up. */
  machines: EdgeMachine[];
  readonly revoked: Set<string>;
  readonly messages: string[];
  start(options: Partial<EdgeOptions>): Promise<Edges>;
  /** A key and a certificate as an origin has them. */
  originCertificate(
    hostnames?: readonly string[],
  ): Promise<{ key: string; cert: string; fingerprint: string }>;
  close(): Promise<void>;
}

/** An authority of its own, and edges that lead `app.example.com` to the app `acme`. */
export async function setUpEdge(): Promise<EdgeSetup> {
  const dir = await mkdtemp(join(tmpdir(), "flotilla-edge-"));
  const ca = await openCa(dir);
  const started: Edges[] = [];
  const setup: EdgeSetup = {
    ca,
    machines: [],
    revoked: new Set(),
    messages: [],
    async start(options) {
      const edges = await startEdges({
        regions: [{ region: "iad", port: 0 }],
        mode: "passthrough",
        machines: () => setup.machines,
        resolve: (hostname) => (hostname === HOSTNAME ? { app: "acme", proxied: true } : undefined),
        ca,
        isRevoked: (fingerprint) =>
          setup.revoked.has(fingerprint.replaceAll(":", "").toLowerCase()),
        log: (message) => setup.messages.push(message),
        ...options,
      });
      started.push(edges);
      return edges;
    },
    async originCertificate(hostnames = [HOSTNAME]) {
      const { privateKey, csr } = await makeRequest(hostnames);
      const { Pkcs10CertificateRequest } = await import("../../../local/cloudflare/x509.ts");
      const { certificate, fingerprint } = await ca.sign(
        new Pkcs10CertificateRequest(csr).publicKey,
        hostnames,
        30,
      );
      return { key: privateKey, cert: certificate, fingerprint };
    },
    async close() {
      await Promise.all(started.map((edges) => edges.close()));
      await rm(dir, { recursive: true, force: true });
    },
  };
  return setup;
}

export function machineAt(
  id: string,
  port: number,
  more: Partial<EdgeMachine> & { handlers?: readonly string[] } = {},
): EdgeMachine {
  const { handlers = [], ...rest } = more;
  return {
    app: "acme",
    id,
    region: "iad",
    address: "127.0.0.1",
    state: "started",
    cordoned: false,
    checks: [],
    config: { services: [{ internal_port: port, ports: [{ port: 443, handlers }] }] },
    ...rest,
  };
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A port nobody listens on: one that was free a moment ago. */
export async function deadPort(): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
