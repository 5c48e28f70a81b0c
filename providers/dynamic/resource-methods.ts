/**
 * What a resource type offers to Pulumi's dynamic provider, declared without importing Pulumi. `olds` of `check` are
 * inputs; `olds` of `diff` and `update` are outputs, which always hold a copy of the inputs.
 */

/** Properties of a resource as the engine passes them in and takes them back: plain JSON. */
export type Properties = Readonly<Record<string, unknown>>;

export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

export interface CheckResult {
  readonly inputs: Properties;
  readonly failures?: CheckFailure[];
}

export interface DiffResult {
  readonly changes: boolean;
  /** Inputs that can only change by a new resource. */
  readonly replaces?: string[];
  readonly deleteBeforeReplace?: boolean;
}

export interface ResourceMethods {
  /** Pure; values may be unknown at preview. */
  check(olds: Properties, news: Properties): CheckResult;
  /** Pure; values may be unknown at preview. */
  diff(id: string, olds: Properties, news: Properties): DiffResult;
  create(inputs: Properties): Promise<{ id: string; outs: Properties }>;
  /** Returns `{}` only for a resource that certainly doesn't exist. */
  read(id: string, props: Properties): Promise<{ id?: string; props?: Properties }>;
  update(id: string, olds: Properties, news: Properties): Promise<{ outs: Properties }>;
  delete(id: string, props: Properties): Promise<void>;
}
