import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { dummyCertificate, dummyKey } from "./dummy-secrets.ts";

const guestRoot = "/flotilla";

/** Folders a guest has besides those of its rendered files. */
const folders = [
  "etc/tls",
  "data/pb",
  "data/nats",
  "data/caddy",
  "tmp/caddy",
  "www",
  "app",
  "bin",
  "pb_migrations",
  "pb_hooks",
];

/** Puts a host's files under `root` as its guest would have them, dummies where app secrets will be. */
export async function writeGuest(
  root: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, "etc/tls/origin.pem"), dummyCertificate);
  await writeFile(join(root, "etc/tls/origin.key"), dummyKey, { mode: 0o600 });
  for (const [path, text] of Object.entries(files)) {
    const target = hostPath(root, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, translatePaths(root, text));
  }
}

/** Where a guest path is during the check. */
export function hostPath(root: string, guestPath: string): string {
  return join(root, guestPath.slice(guestRoot.length));
}

/** A text in which every path under `/flotilla` lies under `root`. */
export function translatePaths(root: string, text: string): string {
  return text.replaceAll(/(?<![\w.-])\/flotilla(?![\w.-])/g, () => root);
}

/**
 * A server's text for a start on loopback that takes no port from anybody: every address to listen on gets a port
 * of the system's choice (NATS writes it -1), and every private name becomes a loopback address where nobody
 * answers, so that no question leaves this machine.
 */
export function translateAddresses(text: string): string {
  const names = new Map<string, string>();
  return text
    .replaceAll(/(\[::\]|127\.0\.0\.1):\d+/g, "127.0.0.1:-1")
    .replaceAll(/[a-z0-9][a-z0-9._-]*\.internal\b/g, (name) => {
      const known = names.get(name) ?? `127.255.255.${(names.size % 250) + 1}`;
      names.set(name, known);
      return known;
    });
}

/** A message about a translated file, in the guest's own words again. */
export function untranslate(root: string, message: string): string {
  return message.replaceAll(root, guestRoot);
}
