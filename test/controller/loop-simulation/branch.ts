/** A branch of specs in memory, one line of commits. */
import { createHash } from "node:crypto";
import type { SpecFile } from "../../../compiler/compile.ts";
import { ConflictError, SpecsError } from "../../../controller/specs/repository.ts";
import type { Author, Revision, SpecsRepository } from "../../../controller/specs/repository.ts";

export class SimulatedBranch implements SpecsRepository {
  readonly source = { kind: "git" as const, branch: "main", note: "simulated" };
  isReachable = true;
  /** Oldest first. */
  readonly #line: Revision[] = [];
  readonly #drafts = new Map<string, Revision>();
  readonly #requests = new Map<string, string>();

  /** By somebody with git. */
  push(files: readonly SpecFile[]): string {
    const revision = this.#revision(files);
    this.#line.push(revision);
    return revision.commit;
  }

  /** Undefined: nobody pushed it. */
  filesOf(commit: string): readonly SpecFile[] | undefined {
    return this.#line.find((revision) => revision.commit === commit)?.files;
  }

  get head(): Revision {
    const head = this.#line.at(-1);
    if (head === undefined) throw new Error("Nothing was pushed yet.");
    return head;
  }

  async newest(): Promise<Revision> {
    this.#reach();
    return this.head;
  }

  async read(commit: string): Promise<Revision> {
    const found = this.#line.find((revision) => revision.commit === commit);
    if (found === undefined) throw new SpecsError(`no commit ${commit}`);
    return found;
  }

  async draft(_: Revision, files: readonly SpecFile[], { request }: Author): Promise<string> {
    const revision = this.#revision(files);
    this.#drafts.set(revision.commit, revision);
    this.#requests.set(request, revision.commit);
    return revision.commit;
  }

  async accept(base: Revision, draft: string): Promise<void> {
    this.#reach();
    const revision = this.#drafts.get(draft);
    if (revision === undefined) throw new SpecsError(`no draft ${draft}`);
    if (this.head.commit !== base.commit) throw new ConflictError("somebody was faster");
    this.#line.push(revision);
  }

  async acceptedFrom(request: string): Promise<string | undefined> {
    const commit = this.#requests.get(request);
    return this.#line.some((revision) => revision.commit === commit) ? commit : undefined;
  }

  async isAncestor(older: string, newer: string): Promise<boolean> {
    const at = (commit: string): number => this.#line.findIndex((each) => each.commit === commit);
    return at(older) >= 0 && at(older) <= at(newer);
  }

  async diff(from: string, to: string): Promise<string> {
    const textOf = (commit: string): string =>
      JSON.stringify(this.#drafts.get(commit)?.files ?? this.filesOf(commit));
    return textOf(from) === textOf(to) ? "" : `${from}..${to}`;
  }

  /** No folder: whoever runs reads the commit by its name. */
  async export(commit: string): Promise<string> {
    return commit;
  }

  async prune(): Promise<void> {}

  #reach(): void {
    if (!this.isReachable) throw new SpecsError("the remote can't be reached");
  }

  #revision(files: readonly SpecFile[]): Revision {
    const name = `${this.#line.length} ${this.#drafts.size}`;
    return { commit: createHash("sha1").update(name).digest("hex"), files };
  }
}
