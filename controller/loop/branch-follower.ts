/** Follows the branch of specs and keeps the newest commit that may be run: the head. */
import { instantOf } from "../model/shapes.ts";
import type { Logger } from "pino";
import { formatDiagnostic } from "../../compiler/compile.ts";
import type { Desired, Diagnostic } from "../../compiler/compile.ts";
import type { FleetCompiler } from "../fleet/compile-fleet.ts";
import type { Revision, SpecsRepository } from "../specs/repository.ts";
import type { Store } from "../store/store.ts";
import { messageOf } from "../../lib/message-of.ts";
import { createSerialQueue } from "../../lib/serial-queue.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Intervals } from "./intervals.ts";

/** A commit that compiles. */
export interface Head {
  readonly revision: Revision;
  /** `global` first, then the regions in rollout order. */
  readonly stacks: readonly string[];
  readonly fleet: string;
  readonly app: string;
  readonly organization: string;
}

export interface BranchFollower {
  head(): Head | undefined;
  /** Why the branch's newest commit isn't the head; empty while it is. */
  trouble(): readonly string[];
  /** Returns a revision that was read before: the head, or one that a stack still runs from. */
  revision(commit: string): Revision | undefined;
  /** Polls the branch if the interval has passed. Doesn't throw: why it failed is in `trouble`. */
  followWhenDue(): Promise<void>;
  /** Polls the branch now. Throws `FollowError`, or what the repository throws. */
  follow(allowOlder: boolean): Promise<Head>;
  /** Milliseconds since 1970. */
  nextAt(): number;
}

/** The branch's newest commit can't become the head; the message says why and what to do. */
export class FollowError extends Error {
  override readonly name = "FollowError";
  readonly code: "older_commit" | "invalid_spec";
  readonly diagnostics: readonly Diagnostic[];

  constructor(code: FollowError["code"], message: string, diagnostics: readonly Diagnostic[] = []) {
    super(message);
    this.code = code;
    this.diagnostics = diagnostics;
  }
}

export function createBranchFollower(ports: {
  readonly store: Store;
  readonly specs: SpecsRepository;
  readonly compiler: FleetCompiler;
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervals: Intervals;
}): BranchFollower {
  const { store, specs, compiler, clock, log, intervals } = ports;
  const revisions = new Map<string, Revision>();
  let head: Head | undefined;
  let trouble: readonly string[] = [];
  let nextAt = 0;
  // Two fetches of one repository at once would meet at its locks.
  const queue = createSerialQueue();

  async function follow(allowOlder: boolean): Promise<Head> {
    const known = await store.followed();
    const newest = await specs.newest().catch(async (error: unknown) => {
      // While the remote can't be reached, the last followed commit stays the head.
      if (known !== undefined) await fallBack(known.commit);
      throw error;
    });
    await rememberApplied(newest.commit);
    if (head?.revision.commit === newest.commit) return head;
    const isForward =
      known === undefined ||
      known.commit === newest.commit ||
      (await specs.isAncestor(known.commit, newest.commit));
    if (!isForward && !allowOlder) {
      await fallBack(known.commit);
      throw new FollowError(
        "older_commit",
        `the branch went from ${short(known.commit)} to ${short(newest.commit)}, which isn't a descendant of it, so nothing is run from it. If this is intended: flotilla reconcile --allow-older`,
      );
    }
    const followed = readHead(newest);
    revisions.set(newest.commit, newest);
    const at = instantOf(clock.now());
    await store.commit([
      { put: "followed", followed: { commit: newest.commit, at } },
      ...(known?.commit === newest.commit
        ? []
        : [
            {
              add: "event" as const,
              event: { at, type: "commit.seen" as const, data: { commit: newest.commit } },
            },
          ]),
    ]);
    head = followed;
    // The commit of a run in progress is among the applied ones.
    const used = [...(await store.applied()).values()].map(({ commit }) => commit);
    await specs.prune(new Set([...used, newest.commit]));
    return followed;
  }

  /** Keeps the revisions that stacks still run from, also after a restart, and drops the others. */
  async function rememberApplied(newest: string): Promise<void> {
    const used = new Set([...(await store.applied()).values()].map(({ commit }) => commit));
    for (const commit of used) await remember(commit);
    for (const commit of revisions.keys())
      if (!used.has(commit) && commit !== newest && commit !== head?.revision.commit)
        revisions.delete(commit);
  }

  /** Reads a commit into `revisions` if the repository has it. */
  async function remember(commit: string): Promise<void> {
    if (revisions.has(commit)) return;
    const revision = await specs.read(commit).catch(() => undefined);
    if (revision !== undefined) revisions.set(commit, revision);
  }

  /** After a restart: makes the last followed commit the head again. */
  async function fallBack(commit: string): Promise<void> {
    if (head !== undefined) return;
    await remember(commit);
    const revision = revisions.get(commit);
    if (revision !== undefined) head = readHead(revision);
  }

  /** @throws {FollowError} when the revision doesn't compile */
  function readHead(revision: Revision): Head {
    const stacks = compiler.stacks(revision);
    if (!stacks.ok)
      throw new FollowError(
        "invalid_spec",
        `commit ${short(revision.commit)} doesn't compile, so nothing is run from it: ${stacks.diagnostics.map(formatDiagnostic).join("; ")}`,
        stacks.diagnostics,
      );
    const none = { version: 1 as const, as_of: "", bursts: [], metrics: [] };
    const global = compiler.compile(revision, "global", none, clock.now());
    if (!global.ok)
      throw new FollowError(
        "invalid_spec",
        `commit ${short(revision.commit)} doesn't compile`,
        global.diagnostics,
      );
    const desired: Desired = global.desired;
    return {
      revision,
      stacks: stacks.stacks,
      fleet: desired.fleet,
      app: desired.app.name,
      organization: desired.app.organization,
    };
  }

  async function followAndRecord(allowOlder: boolean): Promise<Head> {
    try {
      const followed = await follow(allowOlder);
      trouble = [];
      return followed;
    } catch (error) {
      const text = messageOf(error);
      // Once per error, not once per poll.
      if (!trouble.includes(text)) log.warn({ error: text }, logPhraseOf(error, specs.source.kind));
      trouble = [text];
      throw error;
    } finally {
      nextAt = clock.now() + intervals.specsMs;
    }
  }

  return {
    head: () => head,
    trouble: () => trouble,
    revision: (commit) => revisions.get(commit),
    async followWhenDue() {
      if (clock.now() < nextAt) return;
      await queue.run(async () => followAndRecord(false)).catch(() => undefined);
    },
    follow: async (allowOlder) => queue.run(async () => followAndRecord(allowOlder)),
    nextAt: () => nextAt,
  };
}

function logPhraseOf(error: unknown, source: "git" | "folder"): string {
  if (!(error instanceof FollowError))
    return source === "git" ? "git fetch failed" : "spec folder read failed";
  return error.code === "older_commit" ? "branch went back" : "spec invalid";
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
