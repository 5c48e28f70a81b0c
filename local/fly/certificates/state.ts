/** The state of a hostname's certificate, computed from times: validated once DNS is set up, issued a moment later. */
import type { AppRecord, CertificateRecord } from "../store/records.ts";
import type { FlyStore } from "../store/store.ts";

/** DNS as the certificate authority sees it: returns the records' contents, without a trailing dot. */
export type ResolveDns = (name: string, type: "A" | "AAAA" | "CNAME" | "TXT") => readonly string[];

/** The DNS records that the owner of a hostname sets up; any complete way to prove the hostname is enough. */
export interface Requirements {
  readonly a: readonly string[];
  readonly aaaa: readonly string[];
  readonly cname: string;
  readonly acme_challenge: { readonly name: string; readonly target: string };
  readonly ownership: {
    readonly name: string;
    readonly app_value: string;
    readonly org_value: string;
  };
}

export interface Validation {
  readonly dns: boolean;
  readonly alpn: boolean;
  readonly http: boolean;
  readonly ownership: boolean;
}

const ISSUE_MS = 1_000;
const VALID_MS = 90 * 24 * 3600_000;

/** Returns the DNS records that Fly asks for (docs: networking/custom-domain). */
export function requirementsOf(store: FlyStore, app: AppRecord, hostname: string): Requirements {
  const bare = hostname.replace(/^\*\./, "");
  const ips = store.addresses.all().filter((address) => address.app === app.name);
  const of = (...types: readonly string[]): readonly string[] =>
    ips.filter(({ type }) => types.includes(type)).map(({ ip }) => ip);
  return {
    a: of("v4", "shared_v4"),
    aaaa: of("v6"),
    cname: `${app.id}.${app.name}.fly.dev`,
    acme_challenge: { name: `_acme-challenge.${bare}`, target: `${bare}.${app.id}.flydns.net` },
    ownership: {
      name: `_fly-ownership.${bare}`,
      app_value: `app-${app.id}`,
      org_value: `org-${app.organization}`,
    },
  };
}

export function validate(
  resolve: ResolveDns,
  requirements: Requirements,
  hostname: string,
): Validation {
  const { a, aaaa, cname, acme_challenge: challenge, ownership } = requirements;
  const isWildcard = hostname.startsWith("*.");
  const has = (name: string, type: "A" | "AAAA" | "CNAME", wanted: readonly string[]): boolean =>
    resolve(name, type).some((content) => wanted.includes(content));
  // Several values of one TXT record are joined with semicolons.
  const values = resolve(ownership.name, "TXT").flatMap((text) => text.split(";"));
  const points =
    !isWildcard &&
    (has(hostname, "AAAA", aaaa) || has(hostname, "A", a) || has(hostname, "CNAME", [cname]));
  return {
    dns: has(challenge.name, "CNAME", [challenge.target]),
    alpn: points && has(hostname, "AAAA", aaaa),
    http: points,
    ownership: values.includes(ownership.app_value) || values.includes(ownership.org_value),
  };
}

/** A wildcard hostname needs the DNS challenge; for any other hostname one of the four ways is enough. */
export function isValid(validation: Validation, hostname: string): boolean {
  if (hostname.startsWith("*.")) return validation.dns;
  return validation.dns || validation.alpn || validation.http || validation.ownership;
}

export function isIssued(certificate: CertificateRecord, nowMs: number): boolean {
  const { acme_requested: asked, validated_at_ms: at } = certificate;
  return asked && at !== undefined && at + ISSUE_MS <= nowMs;
}

export function statusOf(
  certificate: CertificateRecord,
  validation: Validation,
  nowMs: number,
): "active" | "pending_validation" | "pending_ownership" {
  if (isIssued(certificate, nowMs)) return "active";
  const isProven = certificate.validated_at_ms !== undefined || validation.ownership;
  if (certificate.custom !== undefined) return isProven ? "active" : "pending_ownership";
  return "pending_validation";
}

export function expiryOf(certificate: CertificateRecord): string {
  return new Date((certificate.validated_at_ms ?? 0) + VALID_MS).toISOString();
}
