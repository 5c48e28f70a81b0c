/**
 * What each resource type offers to Pulumi's dynamic provider, seen from here without importing Pulumi. `olds` of
 * `check` are inputs, `olds` of `diff` and `update` are outputs, which always hold a copy of the inputs.
 */
import type { Properties } from "./json.ts";

export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

export interface ResourceMethods {
  /** Pure; values may be unknown. */
  check(olds: Properties, news: Properties): { inputs: Properties; failures?: CheckFailure[] };
  /** Pure; values may be unknown. */
  diff(id: string, olds: Properties, news: Properties): DiffResult;
  create(inputs: Properties): Promise<{ id: string; outs: Properties }>;
  /** `{}` means: it is gone for certain. */
  read(id: string, props: Properties): Promise<{ id?: string; props?: Properties }>;
  update(id: string, olds: Properties, news: Properties): Promise<{ outs: Properties }>;
  delete(id: string, props: Properties): Promise<void>;
}

export interface DiffResult {
  readonly changes: boolean;
  /** Inputs that can only change by a new resource. */
  readonly replaces?: string[];
  readonly deleteBeforeReplace?: boolean;
}
