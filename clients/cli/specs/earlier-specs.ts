/** Reads the specs of an earlier commit from git, without a checkout. */
import { execFileSync } from "node:child_process";
import { join, relative, resolve } from "node:path";
import { UserError } from "../command-line/failure.ts";

export interface EarlierSpecs {
  /** As given with `--against`, or the default that was chosen, e.g. `origin/main`. */
  readonly ref: string;
  readonly commit: string;
  /** With the paths that `readSpecs` gives them today; empty when the folder had no specs. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/** The branch that pull requests target. */
const DEFAULT_REF = "origin/main";

/**
 * @param ref undefined: `origin/main` where there is one, else `HEAD`
 * @throws {UserError} when git, the repository or the ref can't be found
 */
export function readEarlierSpecs(folder: string, ref: string | undefined): EarlierSpecs {
  const chosen = ref ?? (commitOf(folder, DEFAULT_REF) === undefined ? "HEAD" : DEFAULT_REF);
  const commit = commitOf(folder, chosen);
  if (commit === undefined) {
    throw new UserError(
      `no commit ${chosen} to compare ${folder} with: fetch it, or name another with --against REF`,
    );
  }
  const shown = relative(process.cwd(), resolve(folder)) || ".";
  const files = git(folder, "ls-tree", "-r", "-z", "--name-only", commit)
    .split("\0")
    .filter((path) => /\.ya?ml$/.test(path))
    .toSorted()
    .map((path) => ({
      path: join(shown, path),
      text: git(folder, "show", `${commit}:./${path}`),
    }));
  return { ref: chosen, commit, files };
}

/** Returns the commit of a ref, or undefined when there is no such ref. */
function commitOf(folder: string, ref: string): string | undefined {
  const repository = git(folder, "rev-parse", "--is-inside-work-tree").trim();
  if (repository !== "true") throw noRepository(folder);
  try {
    // With `--end-of-options` a ref that begins with a dash is no option.
    return git(
      folder,
      "rev-parse",
      "--verify",
      "--quiet",
      "--end-of-options",
      `${ref}^{commit}`,
    ).trim();
  } catch (error) {
    if (error instanceof GitError) return undefined;
    throw error;
  }
}

/** Git refused a call; its message is about the person's checkout: its owner, its depth, its refs. */
class GitError extends Error {
  override readonly name = "GitError";
  readonly exitCode = 2;
}

function git(folder: string, ...args: readonly string[]): string {
  try {
    return execFileSync("git", ["-C", folder, ...args], {
      encoding: "utf8",
      // The messages are matched below, so they must be English.
      env: { ...process.env, LC_ALL: "C" },
      maxBuffer: 64 * 1024 * 1024,
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    const { code, stderr = "" } = error as { code?: unknown; stderr?: string };
    if (code === "ENOENT") throw new UserError("`flotilla plan` needs git on PATH");
    const message = stderr.trim();
    if (/not a git repository/.test(message)) throw noRepository(folder);
    throw new GitError(`git ${args[0] ?? ""} in ${folder}: ${message}`, { cause: error });
  }
}

function noRepository(folder: string): UserError {
  return new UserError(
    `${folder} is in no git repository: \`flotilla plan\` compares with a commit, so run \`git init\` and commit the specs once`,
  );
}
