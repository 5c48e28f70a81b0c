import { stringify } from "yaml";
import type { DocNode } from "./doc-node.ts";
import { branchesOf } from "./doc-node.ts";

/** A value the node may have: its own example, else one put together from those of what is inside. */
export function exampleOf(node: DocNode): unknown {
  const [given] = node.examples ?? [];
  if (given !== undefined) return given;
  if (node.const !== undefined) return node.const;
  if (node.enum !== undefined) return node.default ?? node.enum[0];
  const [branch] = branchesOf(node);
  if (branch !== undefined && branch !== node) return exampleOf(branch);
  if (node.items !== undefined) return [exampleOf(node.items)];
  if (node.propertyNames !== undefined && typeof node.additionalProperties === "object") {
    const names = node.propertyNames.enum ?? [];
    const name = names.includes("default") ? "default" : node.byRegion === true ? "iad" : "name";
    return { [name]: exampleOf(node.additionalProperties) };
  }
  if (node.properties !== undefined) return mappingExample(node);
  return node.default;
}

/** What a mapping needs; where it needs nothing, its first key, so that it isn't empty. */
function mappingExample({ properties = {}, required = [] }: DocNode): unknown {
  const keys = required.length > 0 ? required : Object.keys(properties).slice(0, 1);
  return Object.fromEntries(
    keys.flatMap((key) => {
      const child = properties[key];
      return child === undefined ? [] : [[key, exampleOf(child)]];
    }),
  );
}

/** `max_hosts: 4`, `regions: { iad: { max_hosts: 4 } }`: YAML on one line, as the spec's own files write it. */
export function formatExample(key: string, value: unknown): string {
  return stringify({ [key]: value }, { collectionStyle: "flow", lineWidth: 0 })
    .trim()
    .replace(/^\{ (.*) \}$/su, "$1")
    .replaceAll("[ ", "[")
    .replaceAll(" ]", "]");
}
