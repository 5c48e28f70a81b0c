/**
 * The certificate authority of the local cloud. One EC root signs the origin certificates, as Cloudflare's Origin CA does, and
 * the edge's own certificates, so that a visitor has to trust only one file: `<dir>/cloudflare/ca/root.pem`.
 */
import { createHash, randomBytes, webcrypto } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as x509 from "./x509.ts";

export interface IssuedCertificate {
  /** PEM, the leaf alone. */
  readonly certificate: string;
  /** Hexadecimal. */
  readonly serialNumber: string;
  /** SHA-256 of the DER form, lower-case hexadecimal without colons. */
  readonly fingerprint: string;
  readonly notAfter: Date;
}

export interface LocalCa {
  /** PEM of the root. */
  readonly root: string;
  /** Signs a certificate for `hostnames` (wildcards allowed) that is valid for that many days, at most as long as the root. */
  sign(
    publicKey: x509.PublicKey,
    hostnames: readonly string[],
    validityDays: number,
  ): Promise<IssuedCertificate>;
  /** Returns a new key with a certificate, for the edge itself. */
  issue(
    hostnames: readonly string[],
  ): Promise<{ readonly key: string; readonly certificate: string }>;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 24 * 3600 * 1000;
const ROOT_VALIDITY_DAYS = 7300;
const EDGE_VALIDITY_DAYS = 90;
/** Clocks differ, so a certificate is valid from a little before its creation. */
const BACKDATE_MS = 3600 * 1000;

/** Opens the authority under `<dir>/cloudflare/ca` and creates its root the first time. The key file has mode 0600. */
export async function openCa(dir: string): Promise<LocalCa> {
  const folder = join(dir, "cloudflare", "ca");
  if (!existsSync(join(folder, "root.pem"))) await makeRoot(folder);
  const root = await readFile(join(folder, "root.pem"), "utf8");
  const rootCertificate = new x509.X509Certificate(root);
  const rootKey = await importKey(await readFile(join(folder, "root.key"), "utf8"));

  async function sign(
    publicKey: x509.PublicKey,
    hostnames: readonly string[],
    validityDays: number,
  ): Promise<IssuedCertificate> {
    const serialNumber = randomSerial();
    const notAfter = new Date(
      Math.min(Date.now() + validityDays * DAY_MS, rootCertificate.notAfter.getTime()),
    );
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber,
      issuer: rootCertificate.subject,
      subject: [{ O: ["Flotilla local cloud"] }, { CN: [hostnames[0] ?? "local"] }],
      notBefore: new Date(Date.now() - BACKDATE_MS),
      notAfter,
      publicKey,
      signingKey: rootKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
          true,
        ),
        new x509.ExtendedKeyUsageExtension([
          x509.ExtendedKeyUsage.serverAuth,
          x509.ExtendedKeyUsage.clientAuth,
        ]),
        new x509.SubjectAlternativeNameExtension(
          hostnames.map((value) => ({ type: "dns", value })),
        ),
        await x509.SubjectKeyIdentifierExtension.create(publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(rootCertificate.publicKey),
      ],
    });
    const fingerprint = createHash("sha256").update(Buffer.from(certificate.rawData)).digest("hex");
    return { certificate: `${certificate.toString("pem")}\n`, serialNumber, fingerprint, notAfter };
  }

  async function issue(
    hostnames: readonly string[],
  ): Promise<{ key: string; certificate: string }> {
    const keys = await makeKeys();
    const spki = await webcrypto.subtle.exportKey("spki", keys.publicKey);
    const { certificate } = await sign(new x509.PublicKey(spki), hostnames, EDGE_VALIDITY_DAYS);
    return { key: await exportKey(keys.privateKey), certificate };
  }

  return { root, sign, issue };
}

/** Creates the root in a temporary folder and renames that, so that a kill leaves a whole authority or none. */
async function makeRoot(folder: string): Promise<void> {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name: "O=Flotilla local cloud, CN=Flotilla local root",
    notBefore: new Date(Date.now() - BACKDATE_MS),
    notAfter: new Date(Date.now() + ROOT_VALIDITY_DAYS * DAY_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const temporary = `${folder}.${randomBytes(4).toString("hex")}`;
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  await writeFile(join(temporary, "root.key"), await exportKey(keys.privateKey), { mode: 0o600 });
  await writeFile(join(temporary, "root.pem"), `${certificate.toString("pem")}\n`);
  await rm(folder, { recursive: true, force: true });
  await rename(temporary, folder);
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(pem), ALGORITHM, false, [
    "sign",
  ]);
}

/** Returns 16 bytes as hexadecimal. The first is 0x40–0x7f, so that the number is positive without a leading zero byte. */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString("hex");
}
