/** Certificates, REST since 2026 (fly-go: flaps/flaps_certificates.go). They are issued asynchronously, once DNS is set up. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Context } from "hono";
import { z } from "zod";
import { certificateSummary, certificateView } from "./view.ts";
import { messageOf } from "../../../lib/message-of.ts";
import type { Certificates } from "./certificates.ts";
import { FlyApiError, invalidArgument, notFound } from "../wire/errors.ts";
import type { AppRecord, CertificateRecord } from "../store/records.ts";
import { appOf, param, readBody } from "../request/read.ts";
import { GET_LIMIT } from "../request/limits.ts";
import type { FlyContext } from "../request/context.ts";
import type { Register } from "../request/register.ts";

const HOSTNAME = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const acmeSchema = z.looseObject({ hostname: z.string() });
const customSchema = z.looseObject({
  hostname: z.string(),
  fullchain: z.string(),
  private_key: z.string(),
});

const DEFAULT_PAGE = 25;
const LARGEST_PAGE = 500;

export function certificateRoutes(
  on: Register,
  context: FlyContext,
  { factsOf, resolverFor }: Certificates,
): void {
  const { store, clock } = context;
  const path = "/v1/apps/:app/certificates";
  const one = `${path}/:hostname`;

  function certificateOf(c: Context): { app: AppRecord; certificate: CertificateRecord } {
    const app = appOf(context, c);
    const certificate = store.certificates.get(`${app.name}/${param(c, "hostname")}`);
    if (certificate === undefined) throw notFound("certificate");
    return { app, certificate };
  }

  /**
   * Returns the record of that hostname, or a new one.
   *
   * @throws FlyApiError (422) for an invalid hostname, and for one of another app
   */
  function hostnameRecord(app: AppRecord, given: string): CertificateRecord {
    const hostname = given.toLowerCase();
    if (!HOSTNAME.test(hostname))
      throw new FlyApiError(422, "Validation failed: Hostname is invalid");
    const holder = store.certificates.all().find((other) => other.hostname === hostname);
    if (holder !== undefined && holder.app !== app.name) {
      throw new FlyApiError(422, "Validation failed: Hostname has already been taken");
    }
    return (
      holder ?? {
        app: app.name,
        hostname,
        created_at: new Date(clock.now()).toISOString(),
        acme_requested: false,
      }
    );
  }

  function save(app: AppRecord, certificate: CertificateRecord): object {
    store.certificates.put(`${app.name}/${certificate.hostname}`, certificate);
    return certificateView(factsOf(app, certificate));
  }

  on("GET", path, { action: "list certificates", by: "app" }, (c) => {
    const app = appOf(context, c);
    const limit = Number(c.req.query("limit") || DEFAULT_PAGE);
    if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE) {
      throw invalidArgument(`limit must be inside range [1, ${LARGEST_PAGE}]`);
    }
    const filter = c.req.query("filter") ?? "";
    const own = store.certificates
      .all()
      .filter(({ app: owner, hostname }) => owner === app.name && hostname.includes(filter))
      .toSorted((a, b) => (a.hostname < b.hostname ? -1 : 1));
    const cursor = c.req.query("cursor") ?? "";
    const rest = own.filter(({ hostname }) => hostname > cursor);
    const page = rest.slice(0, limit);
    return c.json({
      certificates: page.map((certificate) => certificateSummary(factsOf(app, certificate))),
      total_count: own.length,
      next_cursor: rest.length > limit ? page.at(-1)?.hostname : "",
    });
  });

  on("POST", `${path}/acme`, { action: "create certificate", by: "app" }, async (c) => {
    const app = appOf(context, c);
    const { hostname } = await readBody(c, acmeSchema);
    const certificate = hostnameRecord(app, hostname);
    if (certificate.acme_requested) {
      throw new FlyApiError(422, "Validation failed: Hostname already exists on app");
    }
    certificate.acme_requested = true;
    return c.json(save(app, certificate), 201);
  });

  on("POST", `${path}/custom`, { action: "import certificate", by: "app" }, async (c) => {
    const app = appOf(context, c);
    const body = await readBody(c, customSchema);
    const certificate = hostnameRecord(app, body.hostname);
    certificate.custom = readCustom(body);
    return c.json(save(app, certificate), 201);
  });

  on("GET", one, { action: "get certificate", by: "app", rate: GET_LIMIT }, (c) => {
    const { app, certificate } = certificateOf(c);
    return c.json(certificateView(factsOf(app, certificate)));
  });

  on("POST", `${one}/check`, { action: "check certificate", by: "app" }, (c) => {
    const { app, certificate } = certificateOf(c);
    const facts = factsOf(app, certificate);
    const { requirements } = facts;
    const resolve = resolverFor(requirements);
    return c.json({
      ...certificateView(facts),
      dns_records: {
        a: resolve(certificate.hostname, "A"),
        aaaa: resolve(certificate.hostname, "AAAA"),
        cname: resolve(certificate.hostname, "CNAME"),
        acme_challenge_cname: resolve(requirements.acme_challenge.name, "CNAME")[0] ?? "",
        ownership_txt: resolve(requirements.ownership.name, "TXT")[0] ?? "",
      },
    });
  });

  on("DELETE", one, { action: "delete certificate", by: "app" }, (c) => {
    const { app, certificate } = certificateOf(c);
    store.certificates.remove(`${app.name}/${certificate.hostname}`);
    return c.body(null, 204);
  });

  on("DELETE", `${one}/acme`, { action: "stop acme", by: "app" }, (c) => {
    const { app, certificate } = certificateOf(c);
    certificate.acme_requested = false;
    return c.json(save(app, certificate));
  });

  on("DELETE", `${one}/custom`, { action: "delete custom certificate", by: "app" }, (c) => {
    const { app, certificate } = certificateOf(c);
    if (certificate.custom === undefined) throw notFound("custom certificate");
    certificate.custom = undefined;
    const warning = certificate.acme_requested
      ? ""
      : "the hostname has no certificate any more: its visitors see an error";
    return c.json({ ...save(app, certificate), warning });
  });
}

/** @throws FlyApiError (422) unless it is a certificate for that hostname together with its key */
function readCustom(body: z.infer<typeof customSchema>): NonNullable<CertificateRecord["custom"]> {
  try {
    const certificate = new X509Certificate(body.fullchain);
    const key = createPrivateKey(body.private_key);
    if (!certificate.checkPrivateKey(key)) throw new Error("the key isn't the certificate's");
    if (certificate.checkHost(body.hostname.replace(/^\*\./, "any.")) === undefined) {
      throw new Error(`the certificate isn't for ${body.hostname}`);
    }
    const type = key.asymmetricKeyType === "ec" ? "ecdsa" : "rsa";
    return { type, expires_at: new Date(certificate.validTo).toISOString() };
  } catch (error) {
    throw new FlyApiError(422, `Validation failed: Certificate is invalid: ${messageOf(error)}`);
  }
}
