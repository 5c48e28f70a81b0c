import { describe, expect, test } from "vitest";

import { convergeMachine } from "../../../providers/fly/machine.ts";
import { machineConfig, machineInputs } from "./cloud.ts";
import type { Cloud } from "./cloud.ts";
import { expectSettled, live, startWithApp, stateAfter } from "./machine-run.ts";

/** Returns every call of a clean run once, in order: the points at which a run can die. */
async function pointsOf(
  run: (cloud: Cloud & { appId: string }) => Promise<unknown>,
): Promise<string[]> {
  const cloud = await startWithApp();
  const before = cloud.calls().length;
  await run(cloud);
  return [
    ...new Set(
      cloud
        .calls()
        .slice(before)
        .map((call) => call.replace(/\/[0-9a-f]{14}/, "/ID")),
    ),
  ];
}

/** Runs each crash point in a cloud of its own, in parallel. `die` breaks the calls of that point from then on. */
async function atEach(
  points: readonly string[],
  when: "before" | "after",
  run: (cloud: Cloud & { appId: string }, point: string, die: () => void) => Promise<void>,
): Promise<void> {
  await Promise.all(
    points.map(async (point) => {
      const cloud = await startWithApp();
      const [method = "", path = ""] = point.split(" ");
      // More often than a call is retried, less often than a wait polls.
      const fault = {
        method,
        path: `${path.replace("ID", "\\w+")}$`,
        when,
        action: "reset",
        times: 12,
      } as const;
      await run(cloud, point, () => cloud.api.faults.add({ api: "fly", ...fault }));
    }),
  );
}

describe("crash points", () => {
  for (const when of ["before", "after"] as const) {
    test(`create dies ${when} each of its calls, and the next run makes exactly one Machine`, async () => {
      const points = await pointsOf((cloud) =>
        convergeMachine(cloud.fly, machineInputs(cloud.appId), {}),
      );
      expect(points).toContain("POST /apps/acme/machines");
      await atEach(points, when, async (cloud, point, die) => {
        const inputs = machineInputs(cloud.appId);
        die();
        const state = await stateAfter(convergeMachine(cloud.fly, inputs, {}), {});
        cloud.api.faults.clear();
        const { outs } = await convergeMachine(cloud.nextRun(), inputs, state);
        expect(live(cloud), point).toMatchObject([{ id: outs["machineId"], state: "started" }]);
        await expectSettled(cloud, outs, inputs);
      });
    });

    test(`update dies ${when} each of its calls, and the next run brings the same Machine to the inputs`, async () => {
      const change = { config: machineConfig({ env: { FLOTILLA_HOST: "iad-0", A: "1" } }) };
      const points = await pointsOf(async (cloud) => {
        const { outs } = await convergeMachine(cloud.fly, machineInputs(cloud.appId), {});
        await convergeMachine(cloud.fly, machineInputs(cloud.appId, change), outs);
      });
      expect(points).toContain("POST /apps/acme/machines/ID");
      await atEach(points, when, async (cloud, point, die) => {
        const first = await convergeMachine(cloud.fly, machineInputs(cloud.appId), {});
        const inputs = machineInputs(cloud.appId, change);
        die();
        const state = await stateAfter(
          convergeMachine(cloud.nextRun(), inputs, first.outs),
          first.outs,
        );
        cloud.api.faults.clear();
        const { outs } = await convergeMachine(cloud.nextRun(), inputs, state);
        expect(live(cloud), point).toMatchObject([
          { id: first.outs["machineId"], state: "started" },
        ]);
        expect(outs).toMatchObject({ settled: true, config: change.config });
        await expectSettled(cloud, outs, inputs);
      });
    });
  }
});
