import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { dummyCertificate, dummyKey } from "./dummy-secrets.ts";

const guestRoot = "/flotilla";

/** The folders that programs expect besides those of the rendered files. */
const folders = ["etc/tls", "data", "tmp"];

/** Writes a host's files under `root` as its guest would have them, with dummies for the files of app secrets. */
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

/** Returns where a guest path is during the check. */
export function hostPath(root: string, guestPath: string): string {
  return join(root, guestPath.slice(guestRoot.length));
}

/** Returns the text with every path under `/flotilla` moved under `root`. */
export function translatePaths(root: string, text: string): string {
  return text.replaceAll(/(?<![\w.-])\/flotilla(?![\w.-])/g, () => root);
}

/**
 * Returns a server's text for a start on loopback that takes no port of another program: every address to listen on
 * gets a port of the system's choice (NATS writes it -1), and every private name becomes a loopback address on which
 * nothing listens, so that no request leaves this computer.
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

/** Returns a message about a translated file with guest paths again. */
export function untranslate(root: string, message: string): string {
  return message.replaceAll(root, guestRoot);
}
