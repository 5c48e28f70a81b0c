/** A rule without what makes it right: its simulation must notice. */
export interface Mutant {
  /** From the root of the repository. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
  /** A seed that shows it: tried before all others, so that a run needs few lives. */
  readonly seed?: number;
}
