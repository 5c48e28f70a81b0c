import * as fc from "fast-check";
import { describe, test } from "vitest";
import { diffLines } from "../../../compiler/change/line-diff.ts";

describe("diffLines", () => {
  for (const [what, before, after, added, removed] of [
    ["a line more", "a\nb", "a\nx\nb", ["x"], []],
    ["a line less", "a\nb\nc", "a\nc", [], ["b"]],
    ["another line", "a\nb", "a\nc", ["c"], ["b"]],
    ["the same line once more", "a\na", "a\na\na", ["a"], []],
    ["another order", "a\nb", "b\na", [], []],
  ] as const) {
    test(`tells ${what}`, ({ expect }) => {
      expect(diffLines(before, after)).toEqual({ added, removed });
    });
  }

  test("what is added one way is removed the other way, and lengths agree", ({ expect }) => {
    const text = fc.array(fc.constantFrom("a", "b", "c", "")).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, text, (one, other) => {
        const { added, removed } = diffLines(one, other);
        expect(diffLines(other, one)).toEqual({ added: removed, removed: added });
        expect(other.split("\n").length - one.split("\n").length).toBe(
          added.length - removed.length,
        );
      }),
    );
  });
});
