import type {
  CertificateDesired,
  DnsDesired,
  DnsRecordDesired,
  GlobalDesired,
} from "../model/desired.ts";
import { regionalHostname } from "../model/names.ts";
import type { Spec } from "../model/spec.ts";
import { entranceOf, madeSecrets, typeOf, typesIn } from "../services/registry.ts";
import type { ServiceTypes } from "../services/service-type.ts";

/** The longest an Origin CA certificate may live. Source: https://developers.cloudflare.com/ssl/origin-configuration/origin-ca/ */
const VALIDITY_DAYS = 5475;

/** Renders the desired state of stack `global`; signals never reach it. */
export function renderGlobal(types: ServiceTypes, spec: Spec): GlobalDesired {
  const { fleet } = spec;
  const made = madeSecrets(types, spec);
  const used = typesIn(types, spec);
  const names = servedNames(types, spec);
  const named = spec.services
    .flatMap((service) => typeOf(types, service).secrets.namedBy(service))
    .map(({ name }) => name);
  return {
    version: 1,
    kind: "global",
    stack: "global",
    fleet: fleet.name,
    app: { name: fleet.app, organization: fleet.organization },
    addresses: ["v6", "shared_v4"],
    certificate: renderCertificate(spec, names),
    nkeys: used.flatMap(({ secrets }) => secrets.nkeys),
    passwords: used.flatMap(({ secrets }) => secrets.passwords),
    secrets: [...new Set(named)].filter((name) => !made.has(name)).sort(),
    dns: renderDns(spec, names),
  };
}

function renderCertificate(spec: Spec, names: readonly string[]): CertificateDesired {
  const { mode, generation } = spec.fleet.tls;
  if (mode === "fly-edge") return { mode, hostnames: names };
  return {
    mode,
    generation,
    hostnames: certificateNames(spec, names),
    validityDays: VALIDITY_DAYS,
  };
}

/** Zone and wildcard, so that an additional hostname or region needs no new certificate; a deeper name needs its own wildcard. */
function certificateNames(spec: Spec, names: readonly string[]): string[] {
  const { zone } = spec.fleet;
  const deeper = names
    .filter((name) => name.split(".").length > zone.split(".").length + 1)
    .map((name) => `*${name.slice(name.indexOf("."))}`);
  return [...new Set([zone, `*.${zone}`, ...deeper.sort()])];
}

function renderDns(spec: Spec, names: readonly string[]): DnsDesired {
  const { regionalHostnames, regions } = spec.fleet;
  const regionOf = (name: string): { region?: string } => {
    if (regionalHostnames === undefined) return {};
    const own = regions.find(({ code }) => regionalHostname(regionalHostnames, code) === name);
    return own === undefined ? {} : { region: own.code };
  };
  return {
    zone: spec.fleet.zone,
    records: names.flatMap((name): DnsRecordDesired[] => {
      const { mode, proxied } = spec.fleet.tls;
      const rest = { proxied, ...regionOf(name) };
      return [
        { key: name, name, type: "AAAA", ...rest },
        ...(proxied ? [] : [{ key: `${name}-a`, name, type: "A" as const, ...rest }]),
        ...(mode === "fly-edge" ? [ownership(name)] : []),
      ];
    }),
  };
}

/**
 * Fly takes it as proof for every hostname, behind Cloudflare's proxy the only one that works: the proxy hides the
 * addresses, and its own certificate takes `_acme-challenge`. Source: https://fly.io/docs/networking/custom-domain/
 */
function ownership(hostname: string): DnsRecordDesired {
  const name = `_fly-ownership.${hostname}`;
  return { key: name, name, type: "TXT", hostname };
}

/** Shared names, then one per region; sorted, so that the order of the spec doesn't matter. */
function servedNames(types: ServiceTypes, spec: Spec): string[] {
  const { hostnames, regionalHostnames, regions } = spec.fleet;
  if (entranceOf(types, spec) === undefined) return [];
  const regional =
    regionalHostnames === undefined
      ? []
      : regions.map(({ code }) => regionalHostname(regionalHostnames, code));
  return [...new Set([...hostnames, ...regional])].sort();
}
