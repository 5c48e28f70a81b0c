import { test } from "vitest";
import { recordedVersion } from "../../toolchain/probe.ts";
import { findVersion, isAtLeast } from "../../toolchain/version.ts";

test.for([
  ["v3.259.0\n", "3.259.0"],
  ["nats-server: v2.14.5", "2.14.5"],
  ["Process Compose\nVersion:        v1.120.0\nCommit: undefined", "1.120.0"],
  ["v2.11.4 h1:XKxkMTgNSizEvKG6QHue6cAsFOteU2qA61w2tKkCWi0=", "2.11.4"],
  ["pocketbase version (untracked)", undefined],
  ["unknown", undefined],
  ["3.259.0-alpha.1", undefined],
  ["1.2", undefined],
] as const)("the version in %j is %s", ([text, version], { expect }) => {
  expect(findVersion(text)).toBe(version);
});

test.for([
  ["3.259.0", "3.259.0", true],
  ["3.260.0", "3.259.0", true],
  ["4.0.0", "3.259.0", true],
  ["3.99.9", "3.259.0", false],
  ["1.26", "1.26", true],
  ["1.26.8", "1.26", true],
  ["1.25.9", "1.26", false],
  ["22.9.0", "22.18.0", false],
] as const)("%s is at least %s: %s", ([a, b, expected], { expect }) => {
  expect(isAtLeast(a, b)).toBe(expected);
});

test("the recorded version is the one of the program's own module", ({ expect }) => {
  const text = [
    "/bin/caddy: go1.26.8",
    "\tpath\tgithub.com/caddyserver/caddy/v2/cmd/caddy",
    "\tmod\tcaddy\t(devel)\t",
    "\tdep\tgithub.com/caddyserver/certmagic\tv0.25.3\th1:abc",
    "\tdep\tgithub.com/caddyserver/caddy/v2\tv2.11.4\th1:def",
  ].join("\n");
  const program = "github.com/caddyserver/caddy/v2/cmd/caddy";
  expect(recordedVersion(text, program)).toBe("2.11.4");
  expect(recordedVersion(text, "github.com/pocketbase/pocketbase/examples/base")).toBeUndefined();
});
