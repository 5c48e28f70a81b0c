/** Follows the branch of specs: which commit is the newest that may be run. */
import { instantOf } from "../model/shapes.ts";
import type { Logger } from "pino";
import { formatDiagnostic } from "../../compiler/compile.ts";
import type { Desired, Diagnostic } from "../../compiler/compile.ts";
import type { FleetCompiler } from "../fleet/compile-fleet.ts";
import type { Revision, SpecsRepository } from "../specs/repository.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Intervals } from "./loop.ts";

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
  /** Why the branch's newest commit isn't the head. */
  trouble(): readonly string[];
  /** A revision that was looked at before. */
  revision(commit: string): Revision | undefined;
  followWhenDue(): Promise<void>;
  follow(allowOlder: boolean): Promise<Head>;
  /** Milliseconds since 1970. */
  nextAt(): number;
}

/** The branch's newest commit can't be followed; says why and what to do. */
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
  let turn: Promise<unknown> = Promise.resolve();

  async function follow(allowOlder: boolean): Promise<Head> {
    const known = await store.followed();
    const newest = await specs.newest().catch(async (error: unknown) => {
      // Without the remote, what was followed before holds on.
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
        `the branch went from ${short(known.commit)} to ${short(newest.commit)}, which is older or on another line: nothing is run from it. If that is meant, flotilla reconcile --allow-older`,
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
    // A run that is on its way has its commit among the applied ones.
    const used = [...(await store.applied()).values()].map(({ commit }) => commit);
    await specs.prune(new Set([...used, newest.commit]));
    return followed;
  }

  /** What stacks still run from must be readable after a restart too; what none does is forgotten. */
  async function rememberApplied(newest: string): Promise<void> {
    const used = new Set([...(await store.applied()).values()].map(({ commit }) => commit));
    for (const commit of used) await remember(commit);
    for (const commit of revisions.keys())
      if (!used.has(commit) && commit !== newest && commit !== head?.revision.commit)
        revisions.delete(commit);
  }

  /** A commit of a stack, or the head of before a restart, when it is there. */
  async function remember(commit: string): Promise<void> {
    if (revisions.has(commit)) return;
    const revision = await specs.read(commit).catch(() => undefined);
    if (revision !== undefined) revisions.set(commit, revision);
  }

  async function fallBack(commit: string): Promise<void> {
    if (head !== undefined) return;
    await remember(commit);
    const revision = revisions.get(commit);
    if (revision !== undefined) head = readHead(revision);
  }

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

  /** One at a time: two fetches of one repository would meet at its locks. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work, work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function followAndNote(allowOlder: boolean): Promise<Head> {
    try {
      const followed = await follow(allowOlder);
      trouble = [];
      return followed;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (!trouble.includes(text)) log.warn({ error: text }, "the specs can't be followed");
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
      await inTurn(async () => followAndNote(false)).catch(() => undefined);
    },
    follow: async (allowOlder) => inTurn(async () => followAndNote(allowOlder)),
    nextAt: () => nextAt,
  };
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
