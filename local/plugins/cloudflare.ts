/** Entry of the stand-in for the official plugin `cloudflare`: has the part of it that flotilla uses. */
import { createCloudflareClient } from "./cloudflare-client.ts";
import { createDnsRecordKind } from "./cloudflare-dns-record.ts";
import { createOriginCertificateKind } from "./cloudflare-origin-certificate.ts";
import { getZone } from "./cloudflare-zone.ts";
import { servePlugin } from "./serve.ts";

const client = createCloudflareClient();

await servePlugin(
  {
    name: "cloudflare",
    version: "6.17.0",
    resources: {
      "cloudflare:index/dnsRecord:DnsRecord": createDnsRecordKind(client),
      "cloudflare:index/originCaCertificate:OriginCaCertificate":
        createOriginCertificateKind(client),
    },
    functions: { "cloudflare:index/getZone:getZone": (args) => getZone(client, args) },
  },
  process.argv.slice(2),
);
