import { describe, test } from "vitest";
import type { HostChange } from "../../../compiler/change/change.ts";
import { leastTime } from "../../../compiler/change/least-time.ts";
import { planChange } from "../../../compiler/compile.ts";
import type { HostDesired } from "../../../compiler/model/desired.ts";
import { edited, sampleSpecs } from "../../../fixtures/sample-specs.ts";

describe("leastTime", () => {
  test("nothing that boots takes no time", ({ expect }) => {
    expect(timed([], 1).seconds).toBe(0);
    expect(timed([region("iad", 3, "destroy")], 1).seconds).toBe(0);
    expect(timed([region("iad", 3, "rewrite")], 1).seconds).toBe(0);
  });

  test("a canary, then `max_unavailable` at a time, each for its checks' interval", ({
    expect,
  }) => {
    expect(timed([region("iad", 1, "reboot")], 1).seconds).toBe(5);
    expect(timed([region("iad", 5, "reboot")], 1).seconds).toBe(25);
    expect(timed([region("iad", 5, "reboot")], 2).seconds).toBe(15);
    expect(timed([region("iad", 5, "reboot")], 10).seconds).toBe(10);
  });

  test("each batch after the one before has been healthy for a while", ({ expect }) => {
    expect(timed([region("iad", 1, "reboot")], 1, 10).seconds).toBe(5 + 10);
    expect(timed([region("iad", 5, "reboot")], 2, 10).seconds).toBe(3 * (5 + 10));
  });

  test("new hosts come together once the canary is healthy, beside the batches", ({ expect }) => {
    expect(timed([region("iad", 3, "create")], 1).seconds).toBe(5 + 5);
    const hosts = [...region("iad", 3, "reboot").hosts, ...region("syd", 3, "create").hosts];
    const { desired } = region("iad", 3, "reboot");
    expect(timed([{ stack: "iad", hosts, desired }], 1).seconds).toBe(15);
  });

  test("warm hosts start at once and slots are switched, without a turn", ({ expect }) => {
    expect(timed([region("iad", 5, "start")], 1).seconds).toBe(5);
    expect(timed([region("iad", 5, "switch")], 1).seconds).toBe(0);
  });

  test("the quickest host may be the canary, and the slowest share a batch", ({ expect }) => {
    const mixed = region("iad", 4, "reboot", ["5s", "1m", "1m", "1m"]);
    expect(timed([mixed], 3).seconds).toBe(65);
  });

  test("the first region alone, then all others at once", ({ expect }) => {
    const regions = [
      region("fra", 1, "reboot"),
      region("iad", 3, "reboot"),
      region("syd", 2, "reboot"),
    ];
    expect(timed(regions, 1)).toMatchObject({
      seconds: 5 + 15,
      byStack: { fra: 5, iad: 15, syd: 10 },
    });
    const withoutFirst = [region("fra", 1, "destroy"), ...regions.slice(1)];
    expect(timed(withoutFirst, 1).seconds).toBe(15 + 10);
  });

  test("creates of all regions share one request a second after the first three", ({ expect }) => {
    const regions = ["ams", "fra", "iad"].map((code) => region(code, 20, "create-stopped"));
    expect(timed(regions, 1).seconds).toBe(57);
    expect(timed(regions, 1).byStack).toEqual({ ams: 17, fra: 17, iad: 17 });
    expect(timed([region("iad", 3, "create-stopped")], 1).seconds).toBe(0);
  });

  test("of the sample: a new image waits for three hosts", ({ expect }) => {
    const sample = sampleSpecs();
    const result = planChange(
      sample,
      edited(sample, "specs/fleet.yaml", "sha256:4f53", "sha256:5f53"),
    );
    if (!result.ok) throw new Error("the sample doesn't compile");
    expect(result.change.time).toMatchObject({ seconds: 15, byStack: { fra: 5, iad: 10 } });
  });
});

interface Booting {
  readonly stack: string;
  readonly hosts: readonly HostChange[];
  readonly desired: readonly HostDesired[];
}

function timed(
  regions: readonly Booting[],
  maxUnavailable: number,
  minHealthySeconds = 0,
): ReturnType<typeof leastTime> {
  const rollout = {
    maxUnavailable,
    minHealthySeconds,
    healthTimeoutSeconds: 60,
    onFailure: "rollback",
  } as const;
  return leastTime(
    regions.map(({ desired, ...rest }) => ({ ...rest, desired: { hosts: desired, rollout } })),
  );
}

function region(
  stack: string,
  count: number,
  effect: HostChange["effect"],
  intervals: readonly string[] = [],
): Booting {
  const names = Array.from({ length: count }, (_, index) => `${stack}-${index}`);
  return {
    stack,
    hosts: names.map((host) => ({
      host,
      effect,
      reasons: [],
      switched: [],
      comes: [],
      leaves: [],
    })),
    desired: names.map((name, index) => hostWithCheck(name, intervals[index] ?? "5s")),
  };
}

function hostWithCheck(name: string, interval: string): HostDesired {
  return {
    name,
    region: "iad",
    state: "started",
    slots: {},
    active: {},
    files: [],
    secrets: [],
    config: {
      image: "image",
      env: {},
      guest: { cpu_kind: "shared", cpus: 1, memory_mb: 256 },
      metadata: {},
      services: [],
      checks: {
        nats: { type: "http", port: 1, interval, timeout: "1s", grace_period: "1s" },
        quick: { type: "http", port: 2, interval: "500ms", timeout: "1s", grace_period: "1s" },
      },
      restart: { policy: "always" },
      stop_config: { signal: "SIGTERM", timeout: "1s" },
    },
  };
}
