/** Chooses the ports of a cloud: the well-known ones, or free ones where those are in use. */
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import type { CloudPorts } from "./files.ts";
import type { CloudOptions } from "./options.ts";

const FLY_PORT = 4280;
const CLOUDFLARE_PORT = 4281;
const FIRST_EDGE_PORT = 8443;

/** @param last ports of an earlier run, used again with `portBase` 0 */
export async function choosePorts(
  { portBase, edgeRegions }: Pick<CloudOptions, "portBase" | "edgeRegions">,
  last: CloudPorts | undefined,
): Promise<CloudPorts & { notices: string[] }> {
  const notices: string[] = [];
  const chosen = new Set<number>();

  async function choose(what: string, fixed: number, before: number | undefined): Promise<number> {
    const wanted = portBase === 0 ? (before ?? 0) : fixed;
    const port = (await isFree(wanted)) && !chosen.has(wanted) ? wanted : 0;
    if (port === 0 && portBase !== 0) {
      const free = await freePort();
      notices.push(`port ${wanted} is in use: ${what} listens on ${free}`);
      chosen.add(free);
      return free;
    }
    chosen.add(port);
    return port === 0 ? freePort() : port;
  }

  const base = portBase === undefined || portBase === 0 ? undefined : portBase;
  const fly = await choose("the Fly API", base ?? FLY_PORT, last?.fly);
  const cloudflare = await choose(
    "the Cloudflare API",
    base === undefined ? CLOUDFLARE_PORT : base + 1,
    last?.cloudflare,
  );
  const edges: Record<string, number> = {};
  for (const [index, region] of edgeRegions.entries()) {
    const fixed = (base === undefined ? FIRST_EDGE_PORT : base + 2) + index;
    edges[region] = await choose(`the edge ${region}`, fixed, last?.edges[region]);
  }
  return { fly, cloudflare, edges, notices };
}

async function isFree(port: number): Promise<boolean> {
  if (port === 0) return true;
  return (await tryListen(port)) !== undefined;
}

async function freePort(): Promise<number> {
  return (await tryListen(0)) ?? 0;
}

/** Listens on the port for a moment; returns it, or undefined when it is in use. */
async function tryListen(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  } catch {
    return undefined;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
