/** What all regions share: the Fly app with its addresses and secrets, one certificate, the DNS records. */
import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";
import type { GlobalDesired } from "../compiler/render/desired.ts";
import { App, AppSecrets, IpAddress } from "../providers/fly/resources.ts";
import { Certificate, Nkeys, Passwords } from "../providers/keys/resources.ts";

export interface GlobalEdgeArgs {
  /** The compiled stack `global`. */
  readonly desired: GlobalDesired;
  /** The operator's secrets, name → value. A name that is also made here wins over what is made. */
  readonly secrets: pulumi.Input<Readonly<Record<string, string>>>;
}

/** One per fleet. Its outputs are all that a region's stack reads of it; none of them is secret. */
export class GlobalEdge extends pulumi.ComponentResource {
  declare readonly appId: pulumi.Output<string>;
  declare readonly ipv6: pulumi.Output<string>;
  /** Fly's version of the secrets as of their last change. */
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
    if (!ipv6) throw new Error("desired.addresses lacks `v6`, which the DNS records point at");

    const secrets = new AppSecrets(
      `${name}-secrets`,
      { ...identity, values: this.secretValues(name, args) },
      parent,
    );
    this.dnsRecords(name, desired, ipv6.address);

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

  /** Everything that every Caddy, NATS and PocketBase of every region shares, made once, plus the operator's. */
  private secretValues(
    name: string,
    { desired, secrets }: GlobalEdgeArgs,
  ): pulumi.Output<Record<string, string>> {
    const parent = { parent: this };
    const { generation, hostnames, validityDays } = desired.certificate;
    const key = new Certificate(
      `${name}-origin-key-g${generation}`,
      { hostnames: [...hostnames] },
      { ...parent, retainOnDelete: true },
    );
    // Deleting an Origin CA certificate revokes it while hosts still serve it, and every argument replaces it:
    // so the generation is in the name, and an old one is revoked by an explicit step only.
    const certificate = new cloudflare.OriginCaCertificate(
      `${name}-origin-cert-g${generation}`,
      {
        csr: key.csr,
        hostnames: [...hostnames],
        requestType: "origin-ecc",
        requestedValidity: validityDays,
      },
      { ...parent, retainOnDelete: true },
    );
    const none: Readonly<Record<string, string>> = {};
    // A fleet without NATS or without PocketBase has nothing of theirs.
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
        certificate.certificate,
        key.privateKey,
        nkeys.publicKeys,
        nkeys.seeds,
        passwords.values,
        secrets,
      ])
      .apply(([cert, privateKey, publicKeys, seeds, made, given]): Record<string, string> => ({
        ORIGIN_CERT: base64(cert),
        ORIGIN_KEY: base64(privateKey),
        ...Object.fromEntries(
          Object.entries(publicKeys).map(([user, publicKey]) => [
            `NATS_${user.toUpperCase()}_PUBLIC`,
            publicKey,
          ]),
        ),
        // The operator's and the system user's seeds stay in the state: no Machine needs them.
        ...Object.fromEntries(
          ["app", "leaf"]
            .filter((user) => user in seeds)
            .map((user) => [`NATS_${user.toUpperCase()}_SEED`, seeds[user] as string]),
        ),
        ...made,
        ...given,
      }));
  }

  private dnsRecords(name: string, desired: GlobalDesired, ipv6: pulumi.Output<string>): void {
    const zone = cloudflare.getZoneOutput({ filter: { name: desired.dns.zone } }, { parent: this });
    for (const record of desired.dns.records) {
      new cloudflare.DnsRecord(
        `${name}-dns-${record.key}`,
        {
          zoneId: zone.id,
          name: record.name,
          type: record.type,
          content: ipv6,
          proxied: record.proxied,
          ttl: 1, // the only value a proxied record may have
          comment: `flotilla ${desired.fleet}`,
        },
        { parent: this },
      );
    }
  }
}

/** Fly mounts a secret as a file only if it holds base64. */
function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
