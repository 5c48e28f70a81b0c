/** A hostname's certificate as Fly's JSON. https://fly.io/docs/machines/api/certificates-resource */
import { expiryOf, isIssued, statusOf, type Requirements, type Validation } from "./state.ts";
import type { CertificateRecord } from "../store/records.ts";

export interface CertificateFacts {
  readonly certificate: CertificateRecord;
  readonly requirements: Requirements;
  readonly validation: Validation;
  readonly nowMs: number;
}

export function certificateSummary(facts: CertificateFacts): object {
  const { certificate, validation, nowMs } = facts;
  const status = statusOf(certificate, validation, nowMs);
  return {
    hostname: certificate.hostname,
    created_at: certificate.created_at,
    status,
    configured: status === "active",
    acme_requested: certificate.acme_requested,
    acme_dns_configured: validation.dns,
    acme_alpn_configured: validation.alpn,
    acme_http_configured: validation.http,
    ownership_txt_configured: validation.ownership,
    has_custom_certificate: certificate.custom !== undefined,
    has_fly_certificate: isIssued(certificate, nowMs),
  };
}

export function certificateView(facts: CertificateFacts): object {
  const { certificate, requirements, validation, nowMs } = facts;
  const status = statusOf(certificate, validation, nowMs);
  const { custom } = certificate;
  const expires_at = expiryOf(certificate);
  return {
    hostname: certificate.hostname,
    status,
    configured: status === "active",
    acme_requested: certificate.acme_requested,
    dns_provider: "",
    rate_limited_until: null,
    certificates: [
      ...(custom === undefined
        ? []
        : [
            {
              source: "custom",
              status,
              expires_at: custom.expires_at,
              issued: [{ type: custom.type, expires_at: custom.expires_at }],
            },
          ]),
      ...(isIssued(certificate, nowMs)
        ? [
            {
              source: "fly",
              status,
              expires_at,
              created_at: certificate.created_at,
              issued: (["rsa", "ecdsa"] as const).map((type) => ({
                type,
                expires_at,
                certificate_authority: "lets_encrypt",
              })),
            },
          ]
        : []),
    ],
    validation: {
      dns_configured: validation.dns,
      alpn_configured: validation.alpn,
      http_configured: validation.http,
      ownership_txt_configured: validation.ownership,
    },
    dns_requirements: requirements,
    validation_errors: status === "active" ? [] : [missing(facts)],
  };
}

function missing({ certificate, requirements }: CertificateFacts): object {
  const { ownership, acme_challenge: challenge } = requirements;
  return {
    code: "dns_not_configured",
    message: `DNS of ${certificate.hostname} doesn't lead to the app`,
    remediation: `add a CNAME ${challenge.name} to ${challenge.target}, or a TXT ${ownership.name} with ${ownership.app_value}`,
    timestamp: certificate.created_at,
  };
}
