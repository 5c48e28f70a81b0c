/** What tests of Machines share: a cloud with an app, and the state that Pulumi keeps after a failure. */
import { expect } from "vitest";

import type { FlyApiOptions } from "../../../local/fly/server.ts";
import { convergeAppSecrets } from "../../../providers/fly/app-secrets.ts";
import { convergeApp } from "../../../providers/fly/app.ts";
import { diffMachine, readMachine } from "../../../providers/fly/machine.ts";
import { PartialError } from "../../../providers/dynamic/partial-error.ts";
import type { Properties } from "../../../providers/dynamic/resource-methods.ts";
import { appInputs, startCloud } from "./cloud.ts";
import type { Cloud } from "./cloud.ts";

export async function startWithApp(
  options: FlyApiOptions = {},
): Promise<Cloud & { appId: string }> {
  const cloud = await startCloud(options);
  const { outs } = await convergeApp(cloud.fly, appInputs);
  await convergeAppSecrets(
    cloud.fly,
    { app: "acme", appId: outs["appId"], values: { ORIGIN_KEY: "a2V5" } },
    {},
  );
  return { ...cloud, appId: String(outs["appId"]) };
}

/** Returns Pulumi's state after a create or update: after a failure, the properties of a partial error or the old state. */
export async function stateAfter(
  run: Promise<{ outs: Properties }>,
  before: Properties,
): Promise<Properties> {
  try {
    return (await run).outs;
  } catch (error) {
    return error instanceof PartialError ? error.properties : before;
  }
}

export function live(
  cloud: Cloud,
): { id: string; name: string; state: string; cordoned: boolean; instance_id: string }[] {
  return cloud.api.machines.list().filter(({ state }) => state !== "destroyed");
}

/** Expects no difference after a refresh. */
export async function expectSettled(
  cloud: Cloud,
  outs: Properties,
  inputs: Properties,
): Promise<void> {
  const read = await readMachine(cloud.nextRun(), "acme/iad-0", outs);
  expect(diffMachine(read.props ?? {}, inputs)).toEqual({ changes: false });
}
