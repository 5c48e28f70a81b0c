/**
 * The controller's own bare git repository: without a working tree, nothing is ever half checked out. Only `fetch` and `push`
 * reach the network.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";

/** A git command failed. The message is git's, without the credentials in URLs. */
export class GitError extends Error {
  override readonly name = "GitError";
  readonly said: string;

  constructor(what: string, said: string, cause: unknown) {
    super(`git ${what}: ${said}`, { cause });
    this.said = said;
  }
}

export interface TreeFile {
  readonly path: string;
  readonly text: string;
}

export interface CommitOptions {
  readonly author: string;
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface GitRepository {
  /** Fetches the branch of the remote. Returns its commit. */
  fetch(remote: string, branch: string): Promise<string>;
  /** Moves the remote's branch to `to` if it is still at `from`, else throws `GitError`. */
  push(remote: string, branch: string, from: string, to: string): Promise<void>;
  /** Returns the YAML files in a folder of the commit, with paths relative to it, sorted. */
  read(commit: string, folder: string): Promise<TreeFile[]>;
  /** Makes a commit on `parent` whose folder holds exactly these YAML files. No branch points to it. */
  commit(
    parent: string | undefined,
    folder: string,
    files: readonly TreeFile[],
    options: CommitOptions,
  ): Promise<string>;
  isAncestor(older: string, newer: string): Promise<boolean>;
  /** Returns the unified diff from one commit to another. */
  diff(from: string, to: string, folder: string): Promise<string>;
  /** Returns the newest ancestor of `tip`, itself included, whose message has this line. */
  find(tip: string, line: string): Promise<string | undefined>;
  /** Returns the commit of a local branch, or undefined. */
  branch(name: string): Promise<string | undefined>;
  setBranch(name: string, commit: string): Promise<void>;
}

const FETCHED = "refs/flotilla/followed";
const isSpec = (path: string): boolean => /\.ya?ml$/.test(path);

/** Opens the bare repository in that folder, creating it if it doesn't exist. */
export async function openGit(dir: string): Promise<GitRepository> {
  const git = (args: readonly string[], extra: RunExtra = {}): Promise<string> =>
    runGit(dir, args, extra);
  if (!existsSync(dir)) await runGit(undefined, ["init", "--quiet", "--bare", dir], {});

  async function resolve(ref: string): Promise<string | undefined> {
    try {
      return (await git(["rev-parse", "--verify", "--quiet", "--end-of-options", ref])).trim();
    } catch (error) {
      if (error instanceof GitError) return undefined;
      throw error;
    }
  }

  async function entries(commit: string, folder: string): Promise<Entry[]> {
    const listed = await git(["ls-tree", "-r", "-z", "--full-tree", commit]);
    return listed
      .split("\0")
      .filter((line) => line !== "")
      .map((line) => {
        const [head = "", path = ""] = line.split("\t");
        return { path, hash: head.split(" ")[2] ?? "", isFile: !head.startsWith("120000") };
      })
      .filter(({ path, isFile }) => isFile && isBelow(path, folder) && isSpec(path))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  return {
    async fetch(remote, branch) {
      await git([
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--end-of-options",
        remote,
        `+refs/heads/${branch}:${FETCHED}`,
      ]);
      return (await git(["rev-parse", FETCHED])).trim();
    },
    async push(remote, branch, from, to) {
      // The lease is a compare-and-swap at the remote, so no other commit is lost.
      await git([
        "push",
        "--quiet",
        "--porcelain",
        `--force-with-lease=refs/heads/${branch}:${from}`,
        "--end-of-options",
        remote,
        `${to}:refs/heads/${branch}`,
      ]);
    },
    async read(commit, folder) {
      const files = await entries(commit, folder);
      const texts = parseBatch(
        await git(["cat-file", "--batch"], {
          input: files.map(({ hash }) => `${hash}\n`).join(""),
        }),
      );
      return files.map(({ path }, index) => ({
        path: folder === "" ? path : path.slice(folder.length + 1),
        text: texts[index] ?? "",
      }));
    },
    async commit(parent, folder, files, { author, message, at }) {
      const index = { GIT_INDEX_FILE: `index-${process.pid}-${(indexes += 1)}` };
      await git(parent === undefined ? ["read-tree", "--empty"] : ["read-tree", parent], {
        env: index,
      });
      const old = parent === undefined ? [] : await entries(parent, folder);
      const removed = old.map(({ path }) => `0 ${"0".repeat(40)}\t${path}\n`);
      const added: string[] = [];
      for (const { path, text } of files) {
        const hash = (await git(["hash-object", "-w", "--stdin"], { input: text })).trim();
        added.push(`100644 ${hash}\t${folder === "" ? path : `${folder}/${path}`}\n`);
      }
      await git(["update-index", "--index-info"], {
        env: index,
        input: [...removed, ...added].join(""),
      });
      const tree = (await git(["write-tree"], { env: index })).trim();
      const date = `${Math.floor(at / 1_000)} +0000`;
      const parents = parent === undefined ? [] : ["-p", parent];
      const made = await git(["commit-tree", tree, ...parents], {
        input: message,
        env: {
          GIT_AUTHOR_NAME: author,
          GIT_AUTHOR_EMAIL: "",
          GIT_AUTHOR_DATE: date,
          GIT_COMMITTER_NAME: "flotilla controller",
          GIT_COMMITTER_EMAIL: "",
          GIT_COMMITTER_DATE: date,
        },
      });
      return made.trim();
    },
    async isAncestor(older, newer) {
      const base = await resolve(`${older}^{commit}`);
      if (base === undefined) return false;
      try {
        await git(["merge-base", "--is-ancestor", base, newer]);
        return true;
      } catch (error) {
        if (error instanceof GitError) return false;
        throw error;
      }
    },
    async diff(from, to, folder) {
      const paths = folder === "" ? [] : ["--", folder];
      return git(["diff", "--no-color", "--no-ext-diff", "--no-renames", from, to, ...paths]);
    },
    async find(tip, line) {
      const grep = `--grep=^${line.replaceAll(/[.[\]*^$\\]/g, String.raw`\$&`)}$`;
      return (await git(["log", "-1", "--format=%H", grep, tip])).trim() || undefined;
    },
    branch: (name) => resolve(`refs/heads/${name}`),
    async setBranch(name, commit) {
      await git(["update-ref", `refs/heads/${name}`, commit]);
    },
  };
}

let indexes = 0;

interface Entry {
  readonly path: string;
  readonly hash: string;
  readonly isFile: boolean;
}

function isBelow(path: string, folder: string): boolean {
  return folder === "" || path.startsWith(`${folder}/`);
}

/** Parses the output of `git cat-file --batch`: `<hash> blob <bytes>\n<content>\n` for each object. */
function parseBatch(output: string): string[] {
  const bytes = Buffer.from(output, "latin1");
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf("\n", at);
    const size = Number(bytes.toString("latin1", at, end).split(" ")[2]);
    texts.push(bytes.toString("utf8", end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return texts;
}

interface RunExtra {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** git mustn't ask for a password, and answers in English. */
const quietEnv = { GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };
const networkTimeoutMs = 60_000;

async function runGit(
  dir: string | undefined,
  args: readonly string[],
  { input, env }: RunExtra,
): Promise<string> {
  const isBinary = args[0] === "cat-file";
  return new Promise((resolve, reject) => {
    const child = execFile(
      "git",
      [...(dir === undefined ? [] : ["--git-dir", dir]), ...args],
      {
        encoding: isBinary ? "latin1" : "utf8",
        maxBuffer: 256 * 1024 * 1024,
        timeout: networkTimeoutMs,
        env: {
          ...process.env,
          ...quietEnv,
          ...env,
          ...(dir !== undefined && env?.["GIT_INDEX_FILE"] !== undefined
            ? { GIT_INDEX_FILE: `${dir}/${env["GIT_INDEX_FILE"]}` }
            : {}),
        },
      },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout);
        if (error.code === "ENOENT")
          return reject(new Error("the controller needs git on PATH", { cause: error }));
        const said =
          `${stderr}\n${stdout}`.trim() || (error.killed ? "no answer in time" : "failed");
        // The error of `execFile` holds the command line, in which a URL may contain a password.
        return reject(new GitError(args[0] ?? "", withoutPasswords(said), error.code));
      },
    );
    child.stdin?.on("error", () => undefined); // git may end before it has read all; its exit code says why.
    child.stdin?.end(input ?? "");
  });
}

function withoutPasswords(text: string): string {
  return text.replaceAll(/\/\/[^/@\s]*@/g, "//");
}
