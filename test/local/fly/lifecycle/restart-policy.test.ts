/** What follows when a Machine's process ends by itself. */
import { expect, test } from "vitest";
import { decideAfterExit } from "../../../../local/fly/lifecycle/restart-policy.ts";
import { normalizeConfig } from "../../../../local/fly/machine-config/normalize.ts";
import type { MachineRecord } from "../../../../local/fly/store/records.ts";

type Restart = NonNullable<Parameters<typeof normalizeConfig>[0]["restart"]>;

function decide(
  restart: Restart,
  more: { exitCode?: number; restartCount?: number; ranMs?: number; autoDestroy?: boolean } = {},
): object {
  const { exitCode = 1, restartCount = 0, ranMs = 1_000, autoDestroy = false } = more;
  const config = normalizeConfig({ image: "x", restart, auto_destroy: autoDestroy });
  const machine = { config, restart_count: restartCount } as MachineRecord;
  return decideAfterExit(machine, { exitCode, signal: -1, requested: false }, ranMs);
}

test.for([
  ["on-failure restarts after a failure", { policy: "on-failure" }, {}, "restart"],
  ["on-failure stops after success", { policy: "on-failure" }, { exitCode: 0 }, "stop"],
  ["on-failure gives up", { policy: "on-failure", max_retries: 2 }, { restartCount: 2 }, "stop"],
  ["always restarts after success", { policy: "always" }, { exitCode: 0 }, "restart"],
  ["always never gives up", { policy: "always" }, { restartCount: 99 }, "restart"],
  ["no stops", { policy: "no" }, {}, "stop"],
  ["auto_destroy wins", { policy: "always" }, { autoDestroy: true }, "destroy"],
] as const)("%s", ([, restart, more, kind]) => {
  expect(decide(restart, more)).toMatchObject({ kind });
});

test.for([
  [0, 200],
  [1, 400],
  [5, 6_400],
  [8, 30_000],
  [50, 30_000],
] as const)("after %i restarts in a row the next one waits %i ms", ([restartCount, backoffMs]) => {
  expect(decide({ policy: "always" }, { restartCount })).toMatchObject({ restartCount, backoffMs });
});

test("a Machine that ran for a minute starts again from the shortest backoff", () => {
  const decided = decide({ policy: "always" }, { restartCount: 8, ranMs: 60_001 });
  expect(decided).toEqual({ kind: "restart", restartCount: 0, backoffMs: 200 });
});
