import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { editDocument } from "../../controller/specs/document-edit.ts";

const before = `# the front
kind: Service
name: caddy # not the other one
type: caddy
regions:
  iad: { replicas: 2, min: 1,  max: 4 } # odd spacing stays
  fra:   { replicas: 1 }
routes:
  # first match wins
  - { path: [/*], root: www }
`;

function edited(change: (text: string) => string): string {
  const wanted = change(before).replaceAll(/ *#.*/g, "");
  const after = editDocument(before, wanted);
  expect(parse(after)).toEqual(parse(wanted));
  return after;
}

describe("a document is edited in place", () => {
  test("nothing to change: not a byte", () => {
    expect(edited((text) => text)).toBe(before);
  });
  test("a number: those characters and no others", () => {
    expect(edited((text) => text.replace("replicas: 2", "replicas: 12"))).toBe(
      before.replace("replicas: 2", "replicas: 12"),
    );
  });
  test("two numbers on one line, and a new key behind them", () => {
    const change = (text: string): string =>
      text.replace("{ replicas: 1 }", "{ replicas: 2, max: 3 }");
    expect(edited(change)).toBe(change(before));
  });
  test("a key that goes, and one that comes: comments stay", () => {
    const after = edited((text) =>
      text.replace(/ {2}fra.*\n/, "").replace("routes:", "scalable: true\nroutes:"),
    );
    expect(after).toContain("# the front");
    expect(after).toContain("# odd spacing stays");
    expect(after).toContain("# first match wins");
    expect(after).not.toContain("fra");
  });
  test("order of keys and JSON for YAML change nothing", () => {
    expect(editDocument(before, JSON.stringify(parse(before)))).toBe(before);
  });
  test("text that isn't a mapping is taken as it is", () => {
    expect(editDocument(before, "- 1\n")).toBe("- 1\n");
  });
});
