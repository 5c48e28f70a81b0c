/**
 * The local stand-in for Cloudflare's API v4: zones, DNS records and Origin CA under `/client/v4`.
 * Shapes and codes: developers.cloudflare.com/api.
 */
import { timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import { recordCalls, type CallLog } from "../http/call-log.ts";
import type { Faults } from "../faults/rules.ts";
import { injectFaults } from "../faults/inject.ts";
import { type LocalCa, openCa } from "./ca.ts";
import { certificateRoutes } from "./certificates.ts";
import { dnsRecordRoutes } from "./dns-records.ts";
import { ApiError, failure } from "./envelope.ts";
import { openStore, type CloudflareStore } from "./store.ts";
import { zoneOf, zoneRoutes } from "./zones.ts";

export interface CloudflareOptions {
  /** Folder of the local cloud; this API's state is in its subfolder `cloudflare`. */
  readonly dir: string;
  /** The one token that is accepted. */
  readonly token: string;
  readonly faults: Faults;
  readonly calls: CallLog;
  /** Called after every change of the DNS records. Default: nothing. */
  readonly onRecords?: () => void;
}

/** A DNS record as the edge needs it. */
export interface EdgeRecord {
  readonly type: string;
  readonly content: string;
  readonly proxied: boolean;
}

export interface LocalCloudflare {
  readonly app: Hono;
  readonly ca: LocalCa;
  /** @param fingerprint SHA-256 of the certificate in hexadecimal, with or without colons, in any case */
  isRevoked(fingerprint: string): boolean;
  /** Returns the records of that name, or else those of the wildcard one label up; none for a name outside every zone. */
  recordsFor(hostname: string): readonly EdgeRecord[];
}

/** Opens the state under `dir`. @throws when it can't be read */
export async function createCloudflareApp(options: CloudflareOptions): Promise<LocalCloudflare> {
  const opened = openStore(options.dir);
  const store: CloudflareStore = {
    state: () => opened.state(),
    change(parts) {
      opened.change(parts);
      if (parts.records !== undefined) options.onRecords?.();
    },
  };
  const ca = await openCa(options.dir);
  const app = new Hono();

  app.use("*", recordCalls("cloudflare", options.calls));
  app.use("*", injectFaults("cloudflare", options.faults));
  app.use("/client/v4/*", async (c, next) => {
    assertToken(c.req.header("authorization"), options.token);
    await next();
  });
  app.get("/client/v4/user/tokens/verify", (c) =>
    c.json({ success: true, errors: [], messages: [], result: { id: "local", status: "active" } }),
  );
  app.route("/client/v4/zones", zoneRoutes(store));
  app.route("/client/v4/zones/:zone/dns_records", dnsRecordRoutes(store));
  app.route("/client/v4/certificates", certificateRoutes(store, ca));
  app.notFound((c) =>
    failure(
      c,
      new ApiError(
        404,
        7003,
        `Could not route to ${c.req.path}, perhaps your object identifier is invalid?`,
      ),
    ),
  );
  app.onError((error, c) => {
    if (error instanceof ApiError) return failure(c, error);
    throw error;
  });

  return {
    app,
    ca,
    isRevoked(fingerprint) {
      const plain = fingerprint.replaceAll(":", "").toLowerCase();
      return store
        .state()
        .certificates.some(
          (certificate) => certificate.fingerprint === plain && certificate.revoked_at,
        );
    },
    recordsFor(hostname) {
      const name = hostname.toLowerCase();
      const zone = zoneOf(store.state(), name);
      if (!zone) return [];
      const records = store.state().records.filter((record) => record.zone_id === zone.id);
      const exact = records.filter((record) => record.name === name);
      return exact.length > 0
        ? exact
        : records.filter((record) => record.name === name.replace(/^[^.]+/, "*"));
    },
  };
}

function assertToken(header: string | undefined, token: string): void {
  const given = /^Bearer (.+)$/.exec(header ?? "")?.[1];
  if (given === undefined) throw new ApiError(401, 10_000, "Authentication error");
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  if (a.length !== b.length || !timingSafeEqual(a, b))
    throw new ApiError(403, 9109, "Invalid access token");
}
