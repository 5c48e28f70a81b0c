/**
 * The spec's revisions. Two kinds behind one interface: the branch of a remote, where a change is accepted once it is pushed,
 * and a plain folder, where it is accepted once it is written.
 */
import type { SpecFile } from "../../compiler/compile.ts";
import type { SpecView } from "../model/spec.ts";

export interface Revision {
  readonly commit: string;
  /** With paths relative to the spec folder. */
  readonly files: readonly SpecFile[];
}

export interface Author {
  readonly name: string;
  readonly reason: string;
  /** Id of the request. The commit names it, so that it can be found after a crash. */
  readonly request: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface SpecsRepository {
  readonly source: SpecView["source"];
  /** Returns the newest revision. Throws `SpecsError` if it can't be read. */
  newest(): Promise<Revision>;
  read(commit: string): Promise<Revision>;
  /** Makes a revision that isn't accepted yet, for its diff. Returns its commit. */
  draft(base: Revision, files: readonly SpecFile[], author: Author): Promise<string>;
  /** Makes a draft the newest revision. Throws `ConflictError` if `base` is no longer the newest. */
  accept(base: Revision, draft: string): Promise<void>;
  /** Returns the accepted revision that a request made, or undefined. */
  acceptedFrom(request: string): Promise<string | undefined>;
  isAncestor(older: string, newer: string): Promise<boolean>;
  diff(from: string, to: string): Promise<string>;
  /** Returns a folder with exactly this revision's files, which never change. */
  export(commit: string): Promise<string>;
  /** Removes the exports of all other revisions. */
  prune(keep: ReadonlySet<string>): Promise<void>;
}

/** The specs can't be read, or a change can't be written. */
export class SpecsError extends Error {
  override readonly name: string = "SpecsError";
  readonly exitCode: 2 | 3 = 3;
}

/** Another change came first: nothing was stored. */
export class ConflictError extends SpecsError {
  override readonly name = "ConflictError";
}

/** It is unknown whether the remote accepted the change. */
export class UnknownOutcomeError extends SpecsError {
  override readonly name = "UnknownOutcomeError";
}
