/** Encrypts app secrets at rest: AES-256-GCM with a key of this cloud, in a file that only its owner can read. */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export interface SecretBox {
  /** Encrypts; returns base64 of iv, tag and ciphertext. */
  close(text: string): string;
  /** Decrypts. @throws when the text was encrypted with another key or was altered */
  open(sealed: string): string;
  /** Returns 16 hex digits of a keyed hash: equal values have equal digests, and without the key no guess can be checked. */
  digest(text: string): string;
}

/** @param path the key's file, which is created when it doesn't exist; undefined: a key for this process only */
export function openSecretBox(path: string | undefined): SecretBox {
  const key = path === undefined ? randomBytes(32) : readOrMakeKey(path);
  return {
    close(text) {
      const iv = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, iv);
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64");
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, "base64");
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return decipher.update(bytes.subarray(28), undefined, "utf8") + decipher.final("utf8");
    },
    digest: (text) => createHmac("sha256", key).update(text).digest("hex").slice(0, 16),
  };
}

function readOrMakeKey(path: string): Buffer {
  if (existsSync(path)) return readFileSync(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const key = randomBytes(32);
  writeFileSync(path, key, { mode: 0o600, flag: "wx" });
  return key;
}
