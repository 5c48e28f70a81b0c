import { describe, test } from "vitest";
import { normalizeConfig } from "../../../../local/fly/machine-config/normalize.ts";
import { formatDuration, parseDuration } from "../../../../local/machines/duration.ts";

describe("a config is echoed as Fly would", () => {
  test("with everything it was not asked for", ({ expect }) => {
    expect(normalizeConfig({ image: "x" })).toEqual({
      image: "x",
      init: {},
      guest: { cpu_kind: "shared", cpus: 1, memory_mb: 256 },
      restart: { policy: "on-failure" },
      dns: {},
    });
  });

  test("with durations, autostop and force_instance_key rewritten", ({ expect }) => {
    const config = normalizeConfig({
      image: "x",
      stop_config: { signal: "SIGTERM", timeout: "60s" },
      checks: { a: { type: "http", port: 1, interval: 15_000_000_000, timeout: "90s" } },
      services: [
        {
          protocol: "tcp",
          internal_port: 1,
          autostop: "stop",
          checks: [{ type: "tcp", interval: "3600s" }],
        },
        { protocol: "tcp", internal_port: 2, autostop: "off" },
        { protocol: "tcp", internal_port: 3, autostop: "suspend" },
      ],
    });
    expect(config).toMatchObject({
      stop_config: { signal: "SIGTERM", timeout: "1m0s" },
      checks: { a: { interval: "15s", timeout: "1m30s" } },
      services: [
        { autostop: true, force_instance_key: null, checks: [{ interval: "1h0m0s" }] },
        { autostop: false },
        { autostop: "suspend" },
      ],
    });
  });

  test("with unknown fields kept", ({ expect }) => {
    expect(normalizeConfig({ image: "x", schedule: "daily" })).toMatchObject({ schedule: "daily" });
  });

  test.for([
    ["no image", {}],
    ["a bad duration", { image: "x", stop_config: { timeout: "soon" } }],
    ["three CPUs", { image: "x", guest: { cpus: 3 } }],
    ["too little memory", { image: "x", guest: { cpus: 2, memory_mb: 256 } }],
    ["an odd amount of memory", { image: "x", guest: { memory_mb: 300 } }],
  ] as const)("unless it has %s", ([, config], { expect }) => {
    expect(() => normalizeConfig(config)).toThrow(/invalid/);
  });
});

describe("durations", () => {
  test.for([
    ["60s", "1m0s"],
    ["0.5s", "500ms"],
    ["1h", "1h0m0s"],
    ["90m", "1h30m0s"],
    ["1m1.5s", "1m1.5s"],
    ["0", "0s"],
    ["250us", "250µs"],
  ] as const)("%s is %s", ([given, echoed], { expect }) => {
    expect(formatDuration(parseDuration(given) ?? -1)).toBe(echoed);
  });

  test.for(["", "5", "s", "5 s", "-1s", "1d"])("%j is none", (given, { expect }) => {
    expect(parseDuration(given)).toBeUndefined();
  });
});
