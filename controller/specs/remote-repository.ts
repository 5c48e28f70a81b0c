/** Specs on a branch of a git remote. A change is accepted once it is pushed; the local repository is only a copy. */
import { join } from "node:path";
import { baseRepository, requestLine } from "./base-repository.ts";
import { GitError, openGit } from "./git.ts";
import { ConflictError, SpecsError, UnknownOutcomeError } from "./repository.ts";
import type { SpecsRepository } from "./repository.ts";

export interface RemoteOptions {
  /** URL or path, as `git fetch` accepts it. */
  readonly remote: string;
  readonly branch: string;
  /** Folder of the specs in the repository: `specs`. */
  readonly folder: string;
  /** The controller's state folder. */
  readonly stateDir: string;
}

export async function openRemote(options: RemoteOptions): Promise<SpecsRepository> {
  const { remote, branch, folder, stateDir } = options;
  const git = await openGit(join(stateDir, "specs.git"));
  const base = baseRepository(git, folder, join(stateDir, "exports"));

  async function fetch(): Promise<string> {
    try {
      return await git.fetch(remote, branch);
    } catch (cause) {
      if (!(cause instanceof GitError)) throw cause;
      throw new SpecsError(
        `branch ${branch} of the specs' remote can't be fetched: ${cause.said}. Check --remote and --branch, and that git here may read it`,
        { cause },
      );
    }
  }

  return {
    ...base,
    source: {
      kind: "git",
      branch,
      note: `Desired state is branch ${branch} of a git remote: a change is a commit there, and accepted once it is pushed.`,
    },
    newest: async () => base.read(await fetch()),
    async accept(revision, draft) {
      try {
        await git.push(remote, branch, revision.commit, draft);
        return;
      } catch (cause) {
        if (!(cause instanceof GitError)) throw cause;
        // The push was rejected, or its answer was lost. Only the remote knows which.
        const tip = await fetch().catch(() => undefined);
        if (tip === undefined)
          throw new UnknownOutcomeError(
            "the specs' remote didn't answer whether it accepted the change: repeat the request with the same Idempotency-Key",
            { cause },
          );
        if (await git.isAncestor(draft, tip)) return;
        if (tip !== revision.commit)
          throw new ConflictError(
            `branch ${branch} moved to ${tip.slice(0, 12)} in the meantime: nothing was stored. Read the spec again and repeat the change`,
            { cause },
          );
        throw new SpecsError(`the specs' remote refused the change: ${cause.said}`, { cause });
      }
    },
    acceptedFrom: async (request) => git.find(await fetch(), requestLine(request)),
  };
}
