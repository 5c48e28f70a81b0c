import * as fc from "fast-check";
import { describe, test } from "vitest";
import { parse, stringify } from "yaml";
import { yamlText } from "../../compiler/render/yaml-writer.ts";
import type { YamlValue } from "../../compiler/render/yaml-writer.ts";

const key = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_-]{0,12}$/);
const leaf = fc.oneof(
  fc.string({ unit: "grapheme" }).filter((text) => !/\p{Cc}/u.test(text)),
  fc.integer(),
  fc.boolean(),
);
const { mapping } = fc.letrec<{ value: YamlValue; mapping: Record<string, YamlValue> }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(leaf, { maxLength: 4 }), tie("mapping")),
  mapping: fc.dictionary(key, tie("value"), { maxKeys: 5, noNullPrototype: true }),
}));

describe("YAML that we write ourselves", () => {
  test("is what a YAML library writes, byte for byte", ({ expect }) => {
    fc.assert(
      fc.property(
        mapping.filter((each) => Object.keys(each).length > 0),
        (value) => {
          expect(yamlText(value)).toBe(
            stringify(value, {
              lineWidth: 0,
              defaultStringType: "QUOTE_DOUBLE",
              defaultKeyType: "PLAIN",
            }),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  test("reads back as it was, mappings in lists as well", ({ expect }) => {
    const value = { list: [{ a: ["1", { b: "on" }], c: {} }, [], ["x", ["y"]]], true: "null" };
    expect(parse(yamlText(value))).toEqual(value);
  });
});
