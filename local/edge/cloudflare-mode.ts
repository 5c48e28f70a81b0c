/**
 * Cloudflare in the mode Full (strict): terminates TLS with its own certificate, reaches the origin through Fly, accepts only an
 * origin certificate that its authority signed and hasn't revoked, and adds the visitor's address as headers.
 * Status codes: developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { Server } from "node:net";
import type { EdgeContext } from "./edge-context.ts";
import { flyHeaders, isTerminated, openTerminated } from "./fly-tls.ts";
import { forwardedHeaders, returnedHeaders } from "./forwarded-headers.ts";
import { type Hop, type Reached, type Refused, addHop } from "./http-hop.ts";
import { CLOUDFLARE_ADDRESS, DIAL_STATUS, openOrigin } from "./open-origin.ts";
import { ownCertificates } from "./own-certificates.ts";

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
  const server = createServer({
    ALPNProtocols: ["http/1.1"],
    SNICallback: ownCertificates(context, (hostname) =>
      proxiedApp(context, hostname) === undefined ? `no proxied record for ${hostname}` : undefined,
    ),
  });
  addHop(server, () => beginVisit(context));
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}

function beginVisit(context: EdgeContext): Hop {
  const ray = newRay(context);
  return {
    reach: (visit) => reach(context, visit, ray),
    returned: (rawHeaders, options) => returnedHeaders(rawHeaders, ray, options),
    broken: refused(520, ray),
  };
}

/** Connects to the origin through Fly, which passes TLS through to the Machine or terminates it. */
async function reach(
  context: EdgeContext,
  visit: IncomingMessage,
  ray: string,
): Promise<Reached | Refused> {
  const hostname = (visit.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
  const app = proxiedApp(context, hostname);
  if (app === undefined) return refused(530, ray);
  const headers = forwardedHeaders(visit, ray);
  if (!isTerminated(context, app)) {
    const origin = await openOrigin(context, app, hostname, visit.socket);
    return typeof origin === "number" ? refused(origin, ray) : { origin, headers };
  }
  if (!context.hasFlyCertificate(app, hostname)) return refused(525, ray);
  const opened = await openTerminated(context, app, visit.socket);
  if ("failure" in opened) return refused(DIAL_STATUS[opened.failure], ray);
  return {
    origin: opened.socket,
    headers: flyHeaders(headers, { client: CLOUDFLARE_ADDRESS, region: context.region }),
  };
}

function proxiedApp(context: EdgeContext, hostname: string): string | undefined {
  const found = context.resolve(hostname);
  return found?.proxied === true ? found.app : undefined;
}

function refused(status: number, ray: string): Refused {
  const text = `error code: ${status} (${MESSAGES[status] ?? "unknown"})`;
  return { status, text, headers: ["server", "cloudflare", "cf-ray", ray] };
}

/** Returns `8f2c…-IAD`: an id of the request and the data centre that received it. */
function newRay(context: EdgeContext): string {
  return `${randomBytes(8).toString("hex")}-${context.region.toUpperCase()}`;
}
