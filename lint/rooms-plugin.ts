/**
 * The laws of the house as a plugin of oxlint: `rooms/imports` holds every import, type imports included, to the table in
 * rooms.ts; `rooms/pure` keeps clock, randomness, I/O and environment out of pure rooms.
 */
import { dirname, join, relative, sep } from "node:path";
import { ROOMS } from "./rooms.ts";
import type { Room } from "./rooms.ts";

const root = join(import.meta.dirname, "..");

/** What the two rules read of an ESTree node. */
interface Node {
  readonly name?: string;
  readonly parent?: Node;
  readonly type: string;
  readonly source?: Node;
  readonly argument?: Node;
  readonly value?: unknown;
  readonly importKind?: string;
  readonly exportKind?: string;
  readonly specifiers?: readonly Node[];
  readonly property?: Node;
}

interface Reference {
  readonly identifier: Node;
  readonly isTypeReference?: boolean;
}

interface GlobalScope {
  readonly through: readonly Reference[];
  readonly variables: readonly {
    readonly defs: readonly unknown[];
    readonly references: readonly Reference[];
  }[];
}

interface Context {
  readonly filename: string;
  readonly sourceCode: { readonly scopeManager: { readonly globalScope: GlobalScope } };
  report(problem: { readonly node: Node; readonly message: string }): void;
}

const IMPURE = new Set(
  "process Date performance fetch crypto setTimeout setInterval setImmediate console globalThis Buffer".split(
    " ",
  ),
);

/** The room of a file: the longest path of the table that fits. */
export function roomOf(file: string): string | undefined {
  return Object.keys(ROOMS)
    .filter((path) => fits(path, file))
    .toSorted((a, b) => b.length - a.length)[0];
}

/** Says why `file` may not import `specifier`, or nothing if it may. */
export function refusal(file: string, specifier: string, typesOnly: boolean): string | undefined {
  const name = roomOf(file);
  const room = name === undefined ? undefined : ROOMS[name];
  if (name === undefined || room === undefined) return undefined;
  if (!specifier.startsWith("."))
    return room.packages.some((allowed) => isPackage(allowed, specifier))
      ? undefined
      : `${name} may import only the packages ${room.packages.join(", ") || "(none)"}, not ${specifier}.`;
  if (/\.jsx?$/.test(specifier))
    return "Import specifiers end in .ts: Node strips types and rewrites nothing.";
  const target = join(dirname(file), specifier).split(sep).join("/");
  if (roomOf(target) === name || target.startsWith("lib/")) return undefined;
  return isListed(room, target, typesOnly)
    ? undefined
    : `${name} may import only ${room.ours.join(", ") || "its own files"}, not ${target}${typesOnly ? "" : " as a value"}: see lint/rooms.ts.`;
}

function isListed(room: Room, target: string, typesOnly: boolean): boolean {
  return room.ours.some((entry) => {
    const isType = entry.startsWith("type:");
    return (!isType || typesOnly) && fits(isType ? entry.slice("type:".length) : entry, target);
  });
}

function fits(path: string, file: string): boolean {
  return path === "./" || (path.endsWith("/") ? file.startsWith(path) : file === path);
}

function isPackage(allowed: string, specifier: string): boolean {
  if (allowed === "*") return true;
  if (allowed.endsWith("*")) return specifier.startsWith(allowed.slice(0, -1));
  return specifier === allowed || specifier.startsWith(`${allowed}/`);
}

function hasTypesOnly(node: Node): boolean {
  if (node.type === "TSImportType") return true;
  if (node.importKind === "type" || node.exportKind === "type") return true;
  const specifiers = node.specifiers ?? [];
  return (
    specifiers.length > 0 &&
    specifiers.every((each) => each.importKind === "type" || each.exportKind === "type")
  );
}

function fileOf({ filename }: Context): string {
  return relative(root, filename).split(sep).join("/");
}

function checkImports(context: Context): Record<string, (node: Node) => void> {
  const file = fileOf(context);
  function check(node: Node): void {
    const source = node.source ?? node.argument;
    if (source === undefined || typeof source.value !== "string") return;
    const message = refusal(file, source.value, hasTypesOnly(node));
    if (message !== undefined) context.report({ node: source, message });
  }
  return {
    ImportDeclaration: check,
    ExportNamedDeclaration: check,
    ExportAllDeclaration: check,
    ImportExpression: check,
    TSImportType: check,
  };
}

function checkPurity(context: Context): Record<string, (node: Node) => void> {
  const name = roomOf(fileOf(context));
  if (name === undefined || ROOMS[name]?.isPure !== true) return {};
  return {
    "Program:exit": () => {
      for (const { identifier, isTypeReference } of globalReferences(context))
        if (isTypeReference !== true && isImpure(identifier))
          context.report({
            node: identifier,
            message: `${name} is pure: no clock, no randomness, no I/O, no environment.`,
          });
    },
  };
}

/** Uses of names that nothing in the file declares. */
function globalReferences({ sourceCode }: Context): readonly Reference[] {
  const { through, variables } = sourceCode.scopeManager.globalScope;
  const known = variables.filter(({ defs }) => defs.length === 0);
  return [...through, ...known.flatMap(({ references }) => references)];
}

/** `Date.parse` and `Date.UTC` depend on their arguments alone; of `Math` only `random` is impure. */
function isImpure({ name = "", parent }: Node): boolean {
  const member = parent?.type === "MemberExpression" ? parent.property?.name : undefined;
  if (name === "Math") return member === "random";
  if (name === "Date") return member !== "parse" && member !== "UTC";
  return IMPURE.has(name);
}

export default {
  meta: { name: "rooms" },
  rules: { imports: { create: checkImports }, pure: { create: checkPurity } },
};
