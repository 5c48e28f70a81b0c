/** What all regions share: the Fly app with its addresses and secrets, its certificates and the DNS records. */
import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";
import type {
  CertificateDesired,
  DnsRecordDesired,
  GlobalDesired,
} from "../compiler/model/desired.ts";
import { AcmeCertificate, App, AppSecrets, IpAddress } from "../providers/fly/resources.ts";
import { CertificateRequest, Nkeys, Passwords } from "../providers/keys/resources.ts";

export interface GlobalEdgeArgs {
  /** The compiled stack `global`. */
  readonly desired: GlobalDesired;
  /** The operator's secrets, name → value. They override generated secrets of the same name. */
  readonly secrets: pulumi.Input<Readonly<Record<string, string>>>;
}

/** The shared resources, once per fleet. Regional stacks read its outputs and nothing else; none of them is secret. */
export class GlobalEdge extends pulumi.ComponentResource {
  declare readonly appId: pulumi.Output<string>;
  declare readonly ipv6: pulumi.Output<string>;
  /** Fly's version of the set of secrets. */
  declare readonly secretsVersion: pulumi.Output<number>;
  /** Secret name → digest of its value. */
  declare readonly secretDigests: pulumi.Output<Readonly<Record<string, string>>>;

  constructor(name: string, args: GlobalEdgeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("flotilla:edge:GlobalEdge", name, {}, opts);
    const { desired } = args;
    const parent = { parent: this };

    const app = new App(`${name}-app`, desired.app, parent);
    const identity = { app: app.name, appId: app.appId };
    const addresses = desired.addresses.map(
      (type) => new IpAddress(`${name}-${type}`, { ...identity, type }, parent),
    );
    const ipv6 = addresses[desired.addresses.indexOf("v6")];
    const ipv4 = addresses[desired.addresses.indexOf("shared_v4")];
    if (!ipv6 || !ipv4)
      throw new Error("desired.addresses lacks `v6` or `shared_v4`, which DNS records point at");

    const secrets = new AppSecrets(
      `${name}-secrets`,
      { ...identity, values: this.secretValues(name, args) },
      parent,
    );
    const proofs = this.flyCertificates(name, desired, identity, addresses);
    this.dnsRecords(name, desired, (record) => {
      if (record.type === "TXT") return proofs(record.hostname);
      return record.type === "AAAA" ? ipv6.address : ipv4.address;
    });

    this.appId = app.appId;
    this.ipv6 = ipv6.address;
    this.secretsVersion = secrets.version;
    this.secretDigests = secrets.digests;
    this.registerOutputs({
      appId: this.appId,
      ipv6: this.ipv6,
      secretsVersion: this.secretsVersion,
      secretDigests: this.secretDigests,
    });
  }

  /** Returns the secrets that all regions share: the generated ones and the operator's. */
  private secretValues(
    name: string,
    { desired, secrets }: GlobalEdgeArgs,
  ): pulumi.Output<Record<string, string>> {
    const parent = { parent: this };
    const none: Readonly<Record<string, string>> = {};
    // A fleet without NATS or PocketBase has no names of theirs, and so no such resource.
    const nkeys =
      desired.nkeys.length > 0
        ? new Nkeys(`${name}-nkeys`, { names: [...desired.nkeys] }, parent)
        : { publicKeys: none, seeds: none };
    const passwords =
      desired.passwords.length > 0
        ? new Passwords(`${name}-passwords`, { names: [...desired.passwords] }, parent)
        : { values: none };

    return pulumi
      .all([
        this.originSecrets(name, desired.certificate),
        nkeys.publicKeys,
        nkeys.seeds,
        passwords.values,
        secrets,
      ])
      .apply(([origin, publicKeys, seeds, generated, given]): Record<string, string> => ({
        ...origin,
        ...Object.fromEntries(
          Object.entries(publicKeys).map(([user, publicKey]) => [
            `NATS_${user.toUpperCase()}_PUBLIC`,
            publicKey,
          ]),
        ),
        // The seeds of the operator and the system user stay in the state, since no Machine needs them.
        ...Object.fromEntries(
          ["app", "leaf"]
            .filter((user) => user in seeds)
            .map((user) => [`NATS_${user.toUpperCase()}_SEED`, seeds[user] as string]),
        ),
        ...generated,
        ...given,
      }));
  }

  /** Returns key and Origin CA certificate as the secrets that become files; none if Fly holds the certificates. */
  private originSecrets(
    name: string,
    certificate: CertificateDesired,
  ): pulumi.Input<Record<string, string>> {
    if (certificate.mode === "fly-edge") return {};
    const { generation, hostnames, validityDays } = certificate;
    const options = { parent: this, retainOnDelete: true };
    const request = new CertificateRequest(
      `${name}-origin-key-g${generation}`,
      { hostnames: [...hostnames] },
      options,
    );
    // Every changed argument replaces an Origin CA certificate, and deleting one revokes it while hosts still serve it.
    // So the generation is in the logical name, and an old certificate is revoked by an explicit step only.
    const issued = new cloudflare.OriginCaCertificate(
      `${name}-origin-cert-g${generation}`,
      {
        csr: request.csr,
        hostnames: [...hostnames],
        requestType: "origin-ecc",
        requestedValidity: validityDays,
      },
      options,
    );
    return pulumi.all([issued.certificate, request.privateKey]).apply(([cert, privateKey]) => ({
      ORIGIN_CERT: base64(cert),
      ORIGIN_KEY: base64(privateKey),
    }));
  }

  /** Requests a certificate per hostname. Returns hostname → the DNS text that proves that it belongs to the app. */
  private flyCertificates(
    name: string,
    { certificate }: GlobalDesired,
    identity: { readonly app: pulumi.Output<string>; readonly appId: pulumi.Output<string> },
    addresses: readonly IpAddress[],
  ): (hostname: string) => pulumi.Output<string> {
    const certificates = new Map(
      (certificate.mode === "fly-edge" ? certificate.hostnames : []).map((hostname) => [
        hostname,
        // Fly's DNS requirements name the addresses, which must exist before.
        new AcmeCertificate(
          `${name}-cert-${hostname}`,
          { ...identity, hostname },
          { parent: this, dependsOn: [...addresses] },
        ),
      ]),
    );
    return (hostname) => {
      const requirements = certificates.get(hostname)?.dnsRequirements;
      if (!requirements)
        throw new Error(
          `desired.dns has an ownership record for ${hostname}, which has no certificate`,
        );
      return requirements.apply((required) => quoted(ownershipOf(hostname, required)));
    };
  }

  private dnsRecords(
    name: string,
    desired: GlobalDesired,
    contentOf: (record: DnsRecordDesired) => pulumi.Output<string>,
  ): void {
    const zone = cloudflare.getZoneOutput({ filter: { name: desired.dns.zone } }, { parent: this });
    for (const record of desired.dns.records) {
      new cloudflare.DnsRecord(
        `${name}-dns-${record.key}`,
        {
          zoneId: zone.id,
          name: record.name,
          type: record.type,
          content: contentOf(record),
          proxied: record.type !== "TXT" && record.proxied,
          ttl: 1, // automatic, and the only value a proxied record may have
          comment: `flotilla ${desired.fleet}`,
        },
        { parent: this },
      );
    }
  }
}

/** @throws when Fly's requirements contain no ownership text, without which the record proves nothing */
function ownershipOf(hostname: string, requirements: Readonly<Record<string, unknown>>): string {
  const ownership = requirements["ownership"] as { readonly app_value?: unknown } | undefined;
  if (typeof ownership?.app_value === "string") return ownership.app_value;
  throw new Error(
    `Fly's answer for the certificate of ${hostname} has no \`ownership.app_value\` for its DNS record`,
  );
}

/** Cloudflare requires the content of a TXT record in quotes and returns it as it was sent. */
function quoted(text: string): string {
  return `"${text}"`;
}

/** Fly mounts a secret as a file only if its value is base64. */
function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
