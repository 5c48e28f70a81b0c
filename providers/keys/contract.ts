/** What each key resource offers to Pulumi's dynamic provider, seen from here without importing Pulumi. */

/** Properties of a resource as the engine hands them over and takes them back: plain JSON. */
export type Properties = Readonly<Record<string, unknown>>;

export interface ResourceMethods {
  /** Pure; values may be unknown at preview. */
  check(
    olds: Properties,
    news: Properties,
  ): { inputs: Properties; failures?: { property: string; reason: string }[] };
  /** Pure; `olds` are outputs, which hold a copy of the inputs. */
  diff(
    id: string,
    olds: Properties,
    news: Properties,
  ): { changes: boolean; replaces?: string[]; deleteBeforeReplace?: boolean };
  create(inputs: Properties): Promise<{ id: string; outs: Properties }>;
  /** Keys live in state alone, so what state says is what is. */
  read(id: string, props: Properties): Promise<{ id: string; props: Properties }>;
  update(id: string, olds: Properties, news: Properties): Promise<{ outs: Properties }>;
  delete(id: string, props: Properties): Promise<void>;
}
