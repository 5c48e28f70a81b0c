/**
 * Fly Proxy with `handlers: [tls, http]`: terminates TLS with the hostname's certificate once that is active, and forwards each
 * request as plain HTTP to a Machine. (docs: networking/services, networking/request-headers)
 */
import { createServer } from "node:https";
import type { Socket } from "node:net";
import { type DialResult, dial } from "./dial.ts";
import type { EdgeContext } from "./edge-context.ts";
import { type EdgeMachine, targetOf } from "./edge-machine.ts";
import { withoutHopHeaders, withoutNames } from "./forwarded-headers.ts";
import { type Hop, type Refused, addHop } from "./http-hop.ts";
import { ownCertificates } from "./own-certificates.ts";

/** Headers that only Fly may set. */
const SET_HERE: readonly string[] = [
  "fly-client-ip",
  "fly-forwarded-port",
  "fly-region",
  "via",
  "x-forwarded-for",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-forwarded-ssl",
];

/** Returns whether any of the app's Machines asks Fly to terminate TLS; in the middle of a rollout these take precedence. */
export function isTerminated(context: EdgeContext, app: string): boolean {
  return context.machines().some((machine) => machine.app === app && asksForTls(machine));
}

export function asksForTls(machine: EdgeMachine): boolean {
  return targetOf(machine)?.handlers.includes("tls") === true;
}

/** Opens a plain connection to a Machine that asks Fly to terminate TLS. Never rejects. */
export function openTerminated(
  context: EdgeContext,
  app: string,
  visitor: Socket,
): Promise<DialResult> {
  return dial({
    ...context,
    machines: () => context.machines().filter(asksForTls),
    app,
    visitorRegion: context.region,
    ends: visitor,
    isGone: () => visitor.destroyed,
  });
}

export interface FlyTerminator {
  /** Takes over a visitor's connection; the caller has put back the bytes that it read. */
  serve(visitor: Socket): void;
}

export function createFlyTerminator(context: EdgeContext): FlyTerminator {
  const server = createServer({
    ALPNProtocols: ["http/1.1"],
    SNICallback: ownCertificates(context, (hostname) => {
      const app = context.resolve(hostname)?.app;
      return app !== undefined && context.hasFlyCertificate(app, hostname)
        ? undefined
        : `no active certificate for ${hostname}`;
    }),
  });
  addHop(server, () => hop(context));
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return { serve: (visitor) => void server.emit("connection", visitor) };
}

function hop(context: EdgeContext): Hop {
  const refused = (status: number, text: string): Refused => ({
    status,
    text,
    headers: ["server", "Fly (local)"],
  });
  return {
    async reach(visit) {
      const hostname = (visit.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
      const app = context.resolve(hostname)?.app;
      if (app === undefined) return refused(404, `no app serves ${hostname}`);
      const opened = await openTerminated(context, app, visit.socket);
      if ("failure" in opened) return refused(503, `no Machine of ${app} accepts the request`);
      const client = visit.socket.remoteAddress ?? "";
      const headers = flyHeaders(withoutHopHeaders(visit), { client, region: context.region });
      return { origin: opened.socket, headers };
    },
    returned: (rawHeaders, { upgrade }) =>
      upgrade ? [...rawHeaders] : withoutNames(rawHeaders, ["connection", "keep-alive"]),
    broken: refused(502, "the Machine closed the connection"),
  };
}

/** Returns the headers with those that Fly adds. Names and values alternate. */
export function flyHeaders(
  headers: readonly string[],
  { client, region }: { readonly client: string; readonly region: string },
): readonly string[] {
  const at = headers.findIndex(
    (name, i) => i % 2 === 0 && name.toLowerCase() === "x-forwarded-for",
  );
  const earlier = at < 0 ? [] : [headers[at + 1] ?? ""];
  return [
    ...withoutNames(headers, SET_HERE),
    ...Object.entries({
      "fly-client-ip": client,
      "fly-forwarded-port": "443",
      "fly-region": region,
      via: "1.1 fly.io",
      "x-forwarded-for": [...earlier, client].join(", "),
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
      "x-forwarded-ssl": "on",
    }).flat(),
  ];
}
