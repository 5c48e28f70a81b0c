/** Makes an EC P-256 key and its PKCS#10 request, which node:crypto can't write. */
import "./reflect-metadata.ts";

import { webcrypto } from "node:crypto";

import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from "@peculiar/x509";

export interface SigningRequest {
  /** PEM, `CERTIFICATE REQUEST`. */
  readonly csr: string;
  /** PEM, PKCS#8 `PRIVATE KEY`. */
  readonly privateKey: string;
}

/** Returns a new key and its request. The first hostname is the common name; all are subject alternative names. */
export async function createSigningRequest(hostnames: readonly string[]): Promise<SigningRequest> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const request = await Pkcs10CertificateRequestGenerator.create(
    {
      name: `CN=${hostnames[0] ?? ""}`,
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new SubjectAlternativeNameExtension(
          hostnames.map((value) => ({ type: "dns" as const, value })),
        ),
      ],
    },
    webcrypto,
  );
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  return { csr: `${request.toString("pem").trim()}\n`, privateKey: pem("PRIVATE KEY", key) };
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").replace(/(.{64})(?=.)/g, "$1\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
