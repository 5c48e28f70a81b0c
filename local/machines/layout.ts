/** Builds the root folder of a process Machine from scratch, as Fly resets a Machine's root at every start. */
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, isAbsolute, join, normalize, relative, resolve } from "node:path";
import type { Guest, GuestFile } from "./runner.ts";
import { translate, type Translation } from "./translate.ts";

export interface LayoutPorts {
  /** The image's content: what `/flotilla` holds in a real guest, without the binaries. */
  readonly image: string;
  /** Name in `/flotilla/bin` → executable on this machine. */
  readonly binaries: Readonly<Record<string, string>>;
  /** Returns the folder of a volume. */
  readonly volumeDir: (volume: string) => string;
}

const GUEST_ROOT = "/flotilla";
const DATA = join(GUEST_ROOT, "data");

/** @throws with a sentence for people, when the config asks for something that a local Machine can't have */
export async function buildRoot(
  ports: LayoutPorts,
  guest: Guest,
  translation: Translation,
): Promise<void> {
  const { root } = translation;
  await rm(root, { recursive: true, force: true });
  await mkdir(join(root, "bin"), { recursive: true });
  await mkdir(join(root, "tmp"));
  await linkEntries(ports.image, root, ["bin", "etc", "tmp", "data"]);
  await linkEntries(join(ports.image, "bin"), join(root, "bin"), Object.keys(ports.binaries));
  for (const [name, path] of Object.entries(ports.binaries)) {
    await symlink(path, join(root, "bin", name));
  }
  await mountData(ports, guest, root);
  for (const file of guest.config.files ?? []) await writeGuestFile(guest, file, translation);
}

/** Links instead of copying, so that a Machine sees an edit in `image/` at its next start. */
async function linkEntries(from: string, to: string, except: readonly string[]): Promise<void> {
  const entries = await readdir(from).catch((error: unknown) => {
    throw new Error(`the image has no folder ${from}`, { cause: error });
  });
  for (const entry of entries) {
    if (!except.includes(entry)) await symlink(resolve(from, entry), join(to, entry));
  }
}

async function mountData(ports: LayoutPorts, guest: Guest, root: string): Promise<void> {
  const [mount] = guest.config.mounts ?? [];
  if (mount === undefined) {
    await mkdir(join(root, "data"));
    return;
  }
  if (normalize(mount.path) !== DATA) {
    throw new Error(
      `a volume can be mounted at ${DATA} only in the local cloud, not at ${mount.path}`,
    );
  }
  const dir = ports.volumeDir(mount.volume);
  await mkdir(dir, { recursive: true });
  await symlink(dir, join(root, "data"));
}

async function writeGuestFile(
  guest: Guest,
  file: GuestFile,
  translation: Translation,
): Promise<void> {
  const inside = relative(GUEST_ROOT, normalize(file.guest_path));
  if (inside.startsWith("..") || isAbsolute(inside) || inside === "") {
    throw new Error(`file ${file.guest_path}: the local cloud writes below ${GUEST_ROOT} only`);
  }
  const path = join(translation.root, inside);
  await makeFolder(translation.root, dirname(inside));
  await rm(path, { force: true }); // otherwise a link into the image would be written through
  const mode = file.mode ?? 0o644;
  await writeFile(path, content(guest, file, translation), { mode });
  await chmod(path, mode); // `writeFile` applies the umask
}

function content(guest: Guest, file: GuestFile, translation: Translation): string | Buffer {
  if (file.secret_name !== undefined) {
    const secret = guest.secrets[file.secret_name];
    if (secret === undefined) {
      throw new Error(`file ${file.guest_path}: the app has no secret ${file.secret_name}`);
    }
    return Buffer.from(secret, "base64");
  }
  if (file.raw_value === undefined) {
    throw new Error(`file ${file.guest_path}: neither raw_value nor secret_name is given`);
  }
  const bytes = Buffer.from(file.raw_value, "base64");
  const text = bytes.toString("utf8");
  // Only text is translated: other bytes are no configuration.
  return Buffer.from(text, "utf8").equals(bytes) ? translate(text, translation) : bytes;
}

/** Creates a folder below the root. A linked image folder on the way is replaced by a real one with links to its entries. */
async function makeFolder(root: string, inside: string): Promise<void> {
  let path = root;
  for (const part of inside.split("/").filter((name) => name !== "." && name !== "")) {
    path = join(path, part);
    const found = await lstat(path).catch(() => undefined);
    if (found === undefined) await mkdir(path);
    else if (found.isSymbolicLink() && path !== join(root, "data")) {
      const target = await readlink(path);
      if (!(await stat(target)).isDirectory()) throw new Error(`${path} is a file of the image`);
      await rm(path);
      await mkdir(path);
      await linkEntries(target, path, []);
    }
  }
}
