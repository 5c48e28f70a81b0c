/** The operations that both kinds of repository share, on the controller's own bare repository. */
import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SpecFile } from "../../compiler/compile.ts";
import type { GitRepository } from "./git.ts";
import type { Author, Revision, SpecsRepository } from "./repository.ts";

export type BaseRepository = Pick<
  SpecsRepository,
  "read" | "draft" | "isAncestor" | "diff" | "export" | "prune"
>;

/**
 * @param folder of the specs inside the repository, "" for its root
 * @param exportsDir folder of exported revisions
 */
export function baseRepository(
  git: GitRepository,
  folder: string,
  exportsDir: string,
): BaseRepository {
  async function read(commit: string): Promise<Revision> {
    return { commit, files: await git.read(commit, folder) };
  }
  const exporting = new Map<string, Promise<void>>();
  async function exportOnce(commit: string, target: string): Promise<void> {
    if ((await stat(target).catch(() => undefined))?.isDirectory()) return;
    await writeExport(target, (await read(commit)).files);
  }
  return {
    read,
    draft: async (base, files, author) =>
      git.commit(base.commit, folder, files, {
        author: author.name,
        message: commitMessage(author),
        at: author.at,
      }),
    isAncestor: (older, newer) => git.isAncestor(older, newer),
    diff: (from, to) => git.diff(from, to, folder),
    async export(commit) {
      const target = join(exportsDir, commit);
      // Runs of several stacks may ask for the same commit at once.
      const pending = exporting.get(commit) ?? exportOnce(commit, target);
      exporting.set(commit, pending);
      await pending.finally(() => exporting.delete(commit));
      return target;
    },
    async prune(keep) {
      const there = await readdir(exportsDir).catch(() => []);
      for (const commit of there)
        if (!keep.has(commit) && exporting.size === 0)
          await rm(join(exportsDir, commit), { recursive: true, force: true });
    },
  };
}

/** Writes the folder under another name and renames it, so that it is complete once it exists. */
async function writeExport(target: string, files: readonly SpecFile[]): Promise<void> {
  const draft = `${target}.${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  for (const { path, text } of files) {
    const file = join(draft, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    await chmod(file, 0o444);
  }
  await rename(draft, target);
}

/** Returns the line of a commit message that names the request it came from. */
export function requestLine(request: string): string {
  return `Flotilla-Request: ${request}`;
}

function commitMessage({ name, reason, request }: Author): string {
  return `${reason}\n\nBy ${name}, through the flotilla controller.\n\n${requestLine(request)}\n`;
}
