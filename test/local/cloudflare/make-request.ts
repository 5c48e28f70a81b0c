import { webcrypto } from "node:crypto";
import * as x509 from "../../../local/cloudflare/x509.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A signing request as the product's `keys` provider makes one. Keys: PKCS#8 PEM and SPKI DER. */
export async function makeRequest(
  hostnames: readonly string[],
): Promise<{ csr: string; privateKey: string; publicKey: Buffer }> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: `CN=${hostnames[0]}`,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.SubjectAlternativeNameExtension(hostnames.map((value) => ({ type: "dns", value }))),
    ],
  });
  const [key, spki] = await Promise.all([
    webcrypto.subtle.exportKey("pkcs8", keys.privateKey),
    webcrypto.subtle.exportKey("spki", keys.publicKey),
  ]);
  return {
    csr: request.toString("pem"),
    privateKey: x509.PemConverter.encode(key, "PRIVATE KEY"),
    publicKey: Buffer.from(spki),
  };
}
