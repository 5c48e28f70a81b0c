/**
 * Secrets that are generated once per name. Adding a name generates its secret and keeps the others, which are in use;
 * removing a name drops its secret from the state.
 */
import { sha256 } from "../../lib/hash.ts";
import type { Properties, ResourceMethods } from "../dynamic/resource-methods.ts";
import { checkNames, isSameNames, knownNamesIn, namesIn } from "./name-list.ts";

export interface NamedSecretsOptions {
  /** Prefix of Pulumi's id, e.g. `nkeys`. */
  readonly kind: string;
  /** Output maps that hold a member per name, e.g. `["publicKeys", "seeds"]`. */
  readonly outputs: readonly string[];
  /** Generates the members of one name, by output map. */
  readonly make: () => Readonly<Record<string, string>>;
}

export function namedSecrets(options: NamedSecretsOptions): ResourceMethods {
  function outsFor(inputs: Properties, kept: Properties): Properties {
    const maps: Record<string, Record<string, string>> = Object.fromEntries(
      options.outputs.map((output) => [output, {}]),
    );
    for (const name of new Set(knownNamesIn(inputs, "names"))) {
      const made = keptMembers(kept, options.outputs, name) ?? options.make();
      for (const output of options.outputs) maps[output]![name] = made[output] ?? "";
    }
    return { ...inputs, ...maps };
  }
  return {
    check: (_olds, news) =>
      checkNames(news, "names", /^[A-Za-z][\w-]*$/, "name of letters, digits, `_` and `-`"),
    diff: (_id, olds, news) => ({
      changes: !isSameNames(namesIn(olds, "names"), namesIn(news, "names")),
    }),
    create: async (inputs) => ({ id: idOf(options.kind, inputs), outs: outsFor(inputs, {}) }),
    read: async (id, props) => ({ id, props: { ...props } }),
    update: async (_id, olds, news) => ({ outs: outsFor(news, olds) }),
    delete: async () => {},
  };
}

/** Returns the members of a name if the state has all of them: half a key pair is useless. */
function keptMembers(
  kept: Properties,
  outputs: readonly string[],
  name: string,
): Record<string, string> | undefined {
  const members: Record<string, string> = {};
  for (const output of outputs) {
    const map = kept[output];
    if (typeof map !== "object" || map === null) return undefined;
    const value: unknown = Object.entries(map).find(([key]) => key === name)?.[1];
    if (typeof value !== "string" || value === "") return undefined;
    members[output] = value;
  }
  return members;
}

/** Returns Pulumi's id of the resource, which nothing else refers to. */
function idOf(kind: string, inputs: Properties): string {
  return `${kind}-${sha256(knownNamesIn(inputs, "names").join("\n")).slice(0, 12)}`;
}
