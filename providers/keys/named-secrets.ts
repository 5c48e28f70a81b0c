/**
 * Secrets made once, one per name. A name more makes one more and keeps the others, since every kept one is in use
 * somewhere; a name less forgets it.
 */
import { createHash } from "node:crypto";

import type { Properties, ResourceMethods } from "./contract.ts";
import { checkNames, isSameNames, knownNamesIn, namesIn } from "./name-list.ts";

export interface NamedSecretsOptions {
  /** Prefix of Pulumi's id, e.g. `nkeys`. */
  readonly kind: string;
  /** Output maps that hold a member per name, e.g. `["publicKeys", "seeds"]`. */
  readonly outputs: readonly string[];
  /** Makes the members of one name, by output map. */
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

/** Only complete sets are kept: half a key pair is of no use. */
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

/** Says nothing but which names it was made for; Pulumi only wants it to be there. */
function idOf(kind: string, inputs: Properties): string {
  const hash = createHash("sha256").update(knownNamesIn(inputs, "names").join("\n")).digest("hex");
  return `${kind}-${hash.slice(0, 12)}`;
}
