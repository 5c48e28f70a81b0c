/**
 * Specs in a plain folder, for demos and fleets without a remote. The controller records the contents as commits of its own,
 * so runs, diffs and conflicts work as with a remote; but the folder has no shared history and no review.
 */
import { globSync } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { SpecFile } from "../../compiler/compile.ts";
import { baseRepository, requestLine } from "./base-repository.ts";
import { openGit } from "./git.ts";
import { ConflictError, SpecsError } from "./repository.ts";
import type { Revision, SpecsRepository } from "./repository.ts";

export interface FolderOptions {
  readonly folder: string;
  /** The controller's state folder. */
  readonly stateDir: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const BRANCH = "folder";

export async function openFolder({
  folder,
  stateDir,
  now,
}: FolderOptions): Promise<SpecsRepository> {
  const git = await openGit(join(stateDir, "specs.git"));
  const base = baseRepository(git, "", join(stateDir, "exports"));
  const root = resolve(folder);

  /** Returns the newest commit, and makes one if the folder was edited. */
  async function newest(): Promise<Revision> {
    const files = await readFolder(root);
    const tip = await git.branch(BRANCH);
    if (tip !== undefined) {
      const known = await base.read(tip);
      if (isSame(known.files, files)) return known;
    }
    const commit = await git.commit(tip, "", files, {
      author: "folder",
      message: "As found in the folder\n",
      at: now(),
    });
    await git.setBranch(BRANCH, commit);
    return { commit, files };
  }

  return {
    ...base,
    source: {
      kind: "folder",
      note: "Desired state is a plain folder: a change is written into its files at once, without review and without a history that others can see.",
    },
    newest,
    async accept(revision, draft) {
      const current = await newest();
      if (current.commit !== revision.commit)
        throw new ConflictError(
          "the spec folder was edited in the meantime: nothing was stored. Read the spec again and repeat the change",
        );
      const { files } = await base.read(draft);
      // Files before branch: if the controller ends in between, the next poll records the files as an edit of the folder.
      await writeFolder(root, current.files, files);
      await git.setBranch(BRANCH, draft);
    },
    async acceptedFrom(request) {
      const tip = await git.branch(BRANCH);
      return tip === undefined ? undefined : git.find(tip, requestLine(request));
    },
  };
}

async function readFolder(root: string): Promise<SpecFile[]> {
  if ((await stat(root).catch(() => undefined))?.isDirectory() !== true)
    throw new SpecsError(`there is no spec folder at ${root}: name one with --specs DIR`);
  const paths = globSync("**/*.{yaml,yml}", { cwd: root }).toSorted();
  return Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(join(root, path), "utf8") })),
  );
}

/** Writes each file under another name and renames it, so that no reader sees half a file. */
async function writeFolder(
  root: string,
  before: readonly SpecFile[],
  after: readonly SpecFile[],
): Promise<void> {
  for (const { path, text } of after) {
    if (before.some((file) => file.path === path && file.text === text)) continue;
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }
  for (const { path } of before)
    if (!after.some((file) => file.path === path)) await rm(join(root, path), { force: true });
}

function isSame(a: readonly SpecFile[], b: readonly SpecFile[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ path, text }, index) => path === b[index]?.path && text === b[index].text)
  );
}
