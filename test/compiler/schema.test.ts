import { describe, test } from "vitest";
import { specJsonSchema } from "../../compiler/compile.ts";

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly allOf?: readonly Node[];
  readonly then?: Node;
  readonly definitions?: Readonly<Record<string, Node>>;
  readonly $ref?: string;
}

describe("specs/schema.json", () => {
  test("is what the schemas say (`vitest -u` writes it)", async ({ expect }) => {
    await expect(`${JSON.stringify(specJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
      "../../specs/schema.json",
    );
  });

  test("describes every key but those that name their own kind", ({ expect }) => {
    expect(undescribed(specJsonSchema() as Node, "")).toEqual([]);
  });
});

function undescribed(node: Node, path: string): string[] {
  const branches = [
    ...(node.anyOf ?? []),
    ...(node.oneOf ?? []),
    ...(node.allOf ?? []),
    ...(node.then === undefined ? [] : [node.then]),
    ...Object.values(node.definitions ?? {}),
  ];
  const inside = [
    ...Object.entries(node.properties ?? {}).map(
      ([key, child]) => [`${path}.${key}`, child] as const,
    ),
    ...(typeof node.additionalProperties === "object"
      ? [[`${path}.*`, node.additionalProperties] as const]
      : []),
    ...(node.items === undefined ? [] : [[`${path}[]`, node.items] as const]),
  ];
  // What only adds a rule to keys that are described elsewhere says no type.
  const own = Object.entries(node.type === undefined ? {} : (node.properties ?? {}))
    .filter(
      ([key, child]) =>
        child.description === undefined &&
        child.$ref === undefined &&
        !["kind", "type", "mode"].includes(key),
    )
    .map(([key]) => `${path}.${key}`);
  return [
    ...own,
    ...branches.flatMap((branch) => undescribed(branch, path)),
    ...inside.flatMap(([childPath, child]) => undescribed(child, childPath)),
  ];
}
