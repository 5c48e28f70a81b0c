import { test } from "vitest";
import { createProgressText } from "../../toolchain/progress.ts";
import type { BuildPhase, ToolEvent } from "../../toolchain/progress.ts";

const head = { tool: "caddy", version: "2.11.4", index: 2, total: 3 } as const;

function progress(phase: BuildPhase, elapsedMs: number, count = 0, detail = ""): ToolEvent {
  return { kind: "progress", ...head, phase, elapsedMs, count, detail };
}

function render(isTTY: boolean, events: readonly ToolEvent[]): string {
  let text = "";
  const show = createProgressText({ isTTY, write: (part: string) => (text += part) });
  for (const event of events) show(event);
  return text;
}

const build: readonly ToolEvent[] = [
  progress("loading", 0),
  progress("downloading", 1000, 3, "github.com/x/y v1.0.0"),
  progress("downloading", 2000, 9),
  progress("downloading", 6100, 20),
  progress("compiling", 7000, 1),
  { kind: "done", ...head, elapsedMs: 65_400 },
];

test("without a terminal a phase is told once, then every five seconds", ({ expect }) => {
  expect(render(false, build).split("\n")).toEqual([
    "tool 2 of 3  caddy 2.11.4  loading modules  0 s",
    "tool 2 of 3  caddy 2.11.4  downloading modules (3)  1 s  github.com/x/y v1.0.0",
    "tool 2 of 3  caddy 2.11.4  downloading modules (20)  6 s",
    "tool 2 of 3  caddy 2.11.4  compiling (1 packages)  7 s",
    "tool 2 of 3  caddy 2.11.4  ready after 1 min 5 s",
    "",
  ]);
});

test("a terminal shows one line per tool, rewritten in place", ({ expect }) => {
  const lines = render(true, build).split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[0]?.split("\r\u001B[K")).toHaveLength(build.length);
  expect(lines[0]).toMatch(/ready after 1 min 5 s$/);
});

test("a warning ends the line that is being rewritten", ({ expect }) => {
  const text = render(true, [progress("loading", 0), { kind: "warning", message: "old caddy" }]);
  expect(text.endsWith("\r\u001B[Kwarning: old caddy\n")).toBe(true);
});
