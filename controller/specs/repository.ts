/**
 * The desired state: a branch of specs. Two kinds behind one interface: the branch of a remote, where a change is accepted
 * once it is pushed, and a plain folder, where it is accepted once it is written.
 */
import type { SpecFile } from "../../compiler/compile.ts";
import type { SpecView } from "../model/spec.ts";

export interface Revision {
  readonly commit: string;
  /** Paths below the spec folder. */
  readonly files: readonly SpecFile[];
}

export interface Author {
  readonly name: string;
  readonly reason: string;
  /** The request this comes from; a commit names it, so that after a crash it can be found. */
  readonly request: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface SpecsRepository {
  readonly source: SpecView["source"];
  /** The newest revision. Throws `SpecsError` when it can't be had. */
  newest(): Promise<Revision>;
  read(commit: string): Promise<Revision>;
  /** A revision that nobody accepted yet: for a diff and a look at it. */
  draft(base: Revision, files: readonly SpecFile[], author: Author): Promise<string>;
  /** Makes a draft the newest. Throws `ConflictError` when the newest isn't its base any more. */
  accept(base: Revision, draft: string): Promise<void>;
  /** The accepted revision that came from a request, or undefined. */
  acceptedFrom(request: string): Promise<string | undefined>;
  isAncestor(older: string, newer: string): Promise<boolean>;
  diff(from: string, to: string): Promise<string>;
  /** Folder with exactly this revision's files; never written again. */
  export(commit: string): Promise<string>;
  /** Removes exports of other revisions than these. */
  prune(keep: ReadonlySet<string>): Promise<void>;
}

/** The specs can't be read, or a change can't be written. */
export class SpecsError extends Error {
  override readonly name: string = "SpecsError";
  readonly exitCode: 2 | 3 = 3;
}

/** Somebody else's change came first: nothing was stored. */
export class ConflictError extends SpecsError {
  override readonly name = "ConflictError";
}

/** The remote didn't say whether it took the change. */
export class UnknownOutcomeError extends SpecsError {
  override readonly name = "UnknownOutcomeError";
}
