import { test } from "vitest";
import { folderCircles, folderGraph } from "../../lint/folder-circles.ts";

function circlesIn(files: Readonly<Record<string, string>>): string[][] {
  return folderCircles(folderGraph(new Map(Object.entries(files))));
}

test("two folders that import each other are a circle, also by types alone", ({ expect }) => {
  const found = circlesIn({
    "a/one.ts": 'import type { Two } from "../b/two.ts";',
    "b/two.ts": 'export { three } from "../a/three.ts";',
    "a/three.ts": "export const three = 3;",
  });
  expect(found).toEqual([["a/one.ts → b/two.ts", "b/two.ts → a/three.ts"]]);
});

test("a parent and its own folder are a circle too", ({ expect }) => {
  const found = circlesIn({
    "a/one.ts": 'import "./deep/two.ts";',
    "a/deep/two.ts": 'import "../three.ts";',
  });
  expect(found).toHaveLength(1);
});

test("a folder's index.ts is its door: what it gathers may import what lies beside it", ({
  expect,
}) => {
  const found = circlesIn({
    "services/index.ts": 'import "./caddy/caddy.ts";',
    "services/caddy/caddy.ts": 'import type { T } from "../service-type.ts";',
    "services/service-type.ts": "export type T = 1;",
  });
  expect(found).toEqual([]);
});

test("a circle of three folders is found once", ({ expect }) => {
  const found = circlesIn({
    "a/x.ts": 'import "../b/x.ts";',
    "b/x.ts": 'export const later = import("../c/x.ts");',
    "c/x.ts": 'import "../a/y.ts";',
  });
  expect(found).toHaveLength(1);
});
