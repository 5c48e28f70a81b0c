/** The state of the hostnames' certificates now: looks at DNS, and remembers when it was first set up correctly. */
import type { Clock } from "../../../lib/clock.ts";
import type { AppRecord, CertificateRecord } from "../store/records.ts";
import type { FlyStore } from "../store/store.ts";
import {
  isValid,
  requirementsOf,
  statusOf,
  validate,
  type Requirements,
  type ResolveDns,
} from "./state.ts";
import type { CertificateFacts } from "./view.ts";

export interface Certificates {
  readonly factsOf: (app: AppRecord, certificate: CertificateRecord) => CertificateFacts;
  /** Returns the DNS by which these requirements are validated. */
  readonly resolverFor: (requirements: Requirements) => ResolveDns;
  /** Returns whether Fly Proxy could serve the hostname for that app. */
  readonly isActive: (app: string, hostname: string) => boolean;
  /** Looks at the DNS of every certificate: to be called when a record has changed. */
  readonly lookAtDns: () => void;
}

/** @param resolveDns without it every hostname counts as set up */
export function openCertificates({
  store,
  clock,
  resolveDns,
}: {
  readonly store: FlyStore;
  readonly clock: Clock;
  readonly resolveDns: ResolveDns | undefined;
}): Certificates {
  const resolverFor = (requirements: Requirements): ResolveDns =>
    resolveDns ?? (() => requiredRecords(requirements));

  function factsOf(app: AppRecord, certificate: CertificateRecord): CertificateFacts {
    const nowMs = clock.now();
    const { hostname } = certificate;
    const requirements = requirementsOf(store, app, hostname);
    const validation = validate(resolverFor(requirements), requirements, hostname);
    if (certificate.validated_at_ms === undefined && isValid(validation, hostname)) {
      certificate.validated_at_ms = nowMs;
      store.certificates.put(`${app.name}/${hostname}`, certificate);
    }
    return { certificate, requirements, validation, nowMs };
  }

  function isActive(appName: string, hostname: string): boolean {
    const app = store.apps.get(appName);
    const certificate = store.certificates.get(`${appName}/${hostname}`);
    if (app === undefined || certificate === undefined) return false;
    const { validation, nowMs } = factsOf(app, certificate);
    return statusOf(certificate, validation, nowMs) === "active";
  }

  function lookAtDns(): void {
    for (const certificate of store.certificates.all()) {
      const app = store.apps.get(certificate.app);
      if (app !== undefined) factsOf(app, certificate);
    }
  }

  return { factsOf, resolverFor, isActive, lookAtDns };
}

/** The contents that every requirement asks for: what an API without DNS of its own takes each name to have. */
function requiredRecords(requirements: Requirements): readonly string[] {
  const { a, aaaa, cname, acme_challenge: challenge, ownership } = requirements;
  return [...a, ...aaaa, cname, challenge.target, ownership.app_value];
}
