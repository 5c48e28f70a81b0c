import type { TimeFormat } from "../../model/schema-parts.ts";
import type { DocNode } from "./doc-node.ts";
import { branchesOf } from "./doc-node.ts";

const TIMES: Readonly<Record<TimeFormat, string>> = {
  duration: "duration",
  "duration or zero": "duration or `0s`",
  milliseconds: "duration in `ms` or `s`",
};

/** Describes the type of a key with its range or its values: `whole number, 1 to 100`. */
export function typeOf(node: DocNode): string {
  const branches = branchesOf(node);
  if (branches.length > 1) return [...new Set(branches.map(typeOf))].join(" or ");
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.enum !== undefined) return node.regionCode === true ? "region code" : oneOf(node.enum);
  if (node.type === "array")
    return `list of ${node.items === undefined ? "any" : typeOf(node.items)}`;
  if (node.type === "object") return mappingType(node);
  if (node.type === "integer" || node.type === "number") return numberType(node);
  if (node.type === "boolean") return "`true` or `false`";
  return node.timeFormat === undefined ? "text" : TIMES[node.timeFormat];
}

function oneOf(values: readonly unknown[]): string {
  return values.map((value) => `\`${String(value)}\``).join(", ");
}

function mappingType({ propertyNames, additionalProperties }: DocNode): string {
  if (propertyNames === undefined || typeof additionalProperties !== "object") return "mapping";
  const by = propertyNames.enum?.includes("default")
    ? "region or `default`"
    : propertyNames.enum === undefined
      ? "name"
      : "region";
  return `${typeOf(additionalProperties)} by ${by}`;
}

function numberType({ type, minimum, exclusiveMinimum, maximum }: DocNode): string {
  const base = type === "integer" ? "whole number" : "number";
  const top = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (exclusiveMinimum !== undefined)
    return `${base} above ${exclusiveMinimum}${top === undefined ? "" : `, at most ${top}`}`;
  if (minimum === undefined) return top === undefined ? base : `${base}, at most ${top}`;
  return top === undefined ? `${base}, from ${minimum}` : `${base}, ${minimum} to ${top}`;
}
