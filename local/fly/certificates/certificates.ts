/** The hostnames' certificates as of now: looks at DNS, and remembers when it was right. */
import type { Clock } from "../../machines/virtual-clock.ts";
import {
  isValid,
  requirementsOf,
  statusOf,
  validate,
  type Requirements,
  type ResolveDns,
} from "./state.ts";
import type { CertificateFacts } from "./view.ts";
import type { AppRecord, CertificateRecord } from "../store/records.ts";
import type { FlyStore } from "../store/store.ts";

export interface Certificates {
  readonly factsOf: (app: AppRecord, certificate: CertificateRecord) => CertificateFacts;
  /** Whether Fly Proxy could serve the hostname for that app. */
  readonly isActive: (app: string, hostname: string) => boolean;
  /** Looks at the DNS of every certificate: to be called when a record has changed. */
  readonly lookAtDns: () => void;
}

export function openCertificates({
  store,
  clock,
  resolveDns,
}: {
  readonly store: FlyStore;
  readonly clock: Clock;
  /** Without it every hostname counts as set up. */
  readonly resolveDns: ResolveDns | undefined;
}): Certificates {
  function factsOf(app: AppRecord, certificate: CertificateRecord): CertificateFacts {
    const nowMs = clock.now();
    const requirements = requirementsOf(store, app, certificate.hostname);
    const look = resolveDns ?? (() => everything(requirements));
    const validation = validate(look, requirements, certificate.hostname);
    if (certificate.validated_at_ms === undefined && isValid(validation, certificate.hostname)) {
      certificate.validated_at_ms = nowMs;
      store.certificates.put(`${app.name}/${certificate.hostname}`, certificate);
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

  return { factsOf, isActive, lookAtDns };
}

/** Without a DNS of its own, the API takes every name as set up as it should be. */
export function everything(requirements: Requirements): readonly string[] {
  const { a, aaaa, cname, acme_challenge: challenge, ownership } = requirements;
  return [...a, ...aaaa, cname, challenge.target, ownership.app_value];
}
