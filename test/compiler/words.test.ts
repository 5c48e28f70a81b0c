import { describe, test } from "vitest";
import { formatGoDuration, parseDuration } from "../../compiler/text/duration.ts";
import { suggest } from "../../compiler/text/suggest.ts";
import { parseInstant } from "../../compiler/text/instant.ts";

describe("durations", () => {
  test.for([
    ["30s", 30, "30s"],
    ["5m", 300, "5m0s"],
    ["90s", 90, "1m30s"],
    ["1h30m", 5400, "1h30m0s"],
    ["0s", 0, "0s"],
    ["1h0m1s", 3601, "1h0m1s"],
  ] as const)("%s", ([text, seconds, go], { expect }) => {
    expect(parseDuration(text)).toBe(seconds);
    expect(formatGoDuration(seconds)).toBe(go);
  });

  test.for(["", "30", "s", "5 m", "30s5m", "-1s", "1.5h", "30S", "1d"])(
    "not %j",
    (text, { expect }) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe("suggestions", () => {
  test.for([
    ["replica", ["min", "replicas"], "replicas"],
    ["fre", ["iad", "fra", "ord"], "fra"],
    ["scaleable", ["scalable"], "scalable"],
    ["naem", ["name"], "name"],
    ["frankfurt", ["fra"], undefined],
    ["x", [], undefined],
  ] as const)("%s", ([word, candidates, near], { expect }) => {
    expect(suggest(word, candidates)).toBe(near);
  });
});

describe("instants", () => {
  test.for([
    "1970-01-01T00:00:00Z",
    "2024-02-29T23:59:59Z",
    "2026-06-01T14:30:00+02:00",
    "2000-03-01T00:00:00.25-11:30",
    "1999-12-31t23:59:59z",
    "2100-03-01T00:00:00Z",
  ])("%s is what Date says", (text, { expect }) => {
    expect(parseInstant(text)).toBe(Date.parse(text.toUpperCase()) / 1000);
  });

  test.for([
    "",
    "2026-06-01",
    "2026-06-01T00:00:00",
    "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-01-01 00:00:00Z",
    "2026-01-01T24:00:00Z",
  ])("not %j", (text, { expect }) => {
    expect(parseInstant(text)).toBeUndefined();
  });
});
