/** A Fly app. Its name is unique on all of Fly; its id proves later that a response is about this app. */
import { z } from "zod";

import { sleep } from "../../lib/clock.ts";
import { anyResponse, appPath } from "./api/client.ts";
import type { Fly } from "./api/client.ts";
import type { CheckResult, DiffResult, Properties } from "../dynamic/resource-methods.ts";
import { explain, FlyError, isAmbiguous, isNotFound } from "./api/errors.ts";
import { parseInputs } from "../dynamic/resource-inputs.ts";
import { invalidate, observeApp, observeMachines, observeVolumes } from "./api/observe.ts";
import { PartialError } from "../dynamic/partial-error.ts";
import { toPlainJson } from "../dynamic/json.ts";
import { hasUnknown, isUnknown } from "../dynamic/pulumi-unknown.ts";
import { appCreatedWire, appListWire } from "./api/wire.ts";
import type { AppWire } from "./api/wire.ts";

const inputsShape = z.looseObject({ name: z.string(), organization: z.string() });
type AppInputs = z.infer<typeof inputsShape>;

const visibleWithinMs = 60_000;
const goneWithinMs = 120_000;
const attempts = 3;

/** Checks Fly's rule for app names. */
export function checkApp(_olds: Properties, news: Properties): CheckResult {
  const name = news["name"];
  if (isUnknown(name) || (typeof name === "string" && /^[a-z0-9][a-z0-9-]{0,62}$/.test(name))) {
    return { inputs: news };
  }
  const reason = `${JSON.stringify(name)} is not an app name: at most 63 lower-case letters, digits and dashes.`;
  return { inputs: news, failures: [{ property: "name", reason }] };
}

export function diffApp(olds: Properties, news: Properties): DiffResult {
  const changed = ["name", "organization"].filter((key) => olds[key] !== news[key]);
  if (changed.length === 0) return { changes: false };
  // Names are unique on all of Fly, so the old app must be deleted first to free its name.
  const replaces = changed.filter((key) => !hasUnknown(news[key]));
  return replaces.length > 0
    ? { changes: true, replaces, deleteBeforeReplace: true }
    : { changes: true };
}

/** Creates the app, or adopts the app of that name if it belongs to the same organization. Outs: `{name, organization, appId}`. */
export async function convergeApp(
  fly: Fly,
  raw: Properties,
): Promise<{ id: string; outs: Properties }> {
  const inputs = parseInputs("App", inputsShape, raw);
  invalidate(fly, inputs.name);
  const present = await observeApp(fly, inputs.name);
  if (present === undefined) await ensureApp(fly, inputs);
  try {
    const live = present ?? (await waitVisible(fly, inputs));
    await assertInOrganization(fly, live, inputs);
    return { id: inputs.name, outs: toPlainJson({ ...raw, appId: live.id }) };
  } catch (error) {
    if (present !== undefined || isTaken(error)) throw error;
    throw new PartialError(inputs.name, raw, {}, error);
  }
}

export async function readApp(
  fly: Fly,
  raw: Properties,
): Promise<{ id?: string; props?: Properties }> {
  const inputs = parseInputs("App", inputsShape, raw);
  const live = await observeApp(fly, inputs.name);
  if (live !== undefined) {
    await assertInOrganization(fly, live, inputs);
    return { id: inputs.name, props: toPlainJson({ ...raw, appId: live.id }) };
  }
  await assertGone(fly, inputs);
  return {};
}

/**
 * Deletes the app.
 *
 * @throws {FlyError} with code `app_in_use` while Machines or volumes exist: Fly would delete them and their data
 */
export async function deleteApp(fly: Fly, raw: Properties): Promise<void> {
  const inputs = parseInputs("App", inputsShape, raw);
  const app = inputs.name;
  invalidate(fly, app);
  const live = await observeApp(fly, app);
  if (live === undefined) return assertGone(fly, inputs);
  if (typeof raw["appId"] === "string" && raw["appId"] !== live.id) return;
  const machines = await observeMachines(fly, app);
  const volumes = await observeVolumes(fly, app);
  if (machines.length + volumes.length > 0) {
    throw new FlyError({
      what: `delete app ${app}`,
      status: 409,
      code: "app_in_use",
      detail: `it still has ${[...machines, ...volumes].map((thing) => `${thing.name} (${thing.id})`).join(", ")}`,
      hint:
        "Destroy the regional stacks first (`pulumi destroy -s <region>`), and delete volumes whose data nobody needs " +
        "(`flotilla volumes prune`).",
    });
  }
  try {
    await fly.call({
      what: `delete app ${app}`,
      method: "DELETE",
      path: appPath(app),
      response: anyResponse,
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  await waitGone(fly, app, live.id);
}

async function ensureApp(fly: Fly, inputs: AppInputs): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await fly.call({
        what: `create app ${inputs.name} in organization ${inputs.organization}`,
        method: "POST",
        path: "apps",
        // The field is `name` in the API's description and `app_name` in its guide.
        json: { name: inputs.name, app_name: inputs.name, org_slug: inputs.organization },
        response: appCreatedWire,
      });
      return;
    } catch (error) {
      // An earlier call whose response was lost may have created it, or somebody else: its owner is checked later.
      if (error instanceof FlyError && error.status === 422 && isNameTaken(error)) return;
      if (!isAmbiguous(error)) throw error;
      await sleep(fly.clock, 1_000);
      invalidate(fly, inputs.name);
      if ((await observeApp(fly, inputs.name)) !== undefined) return;
      if (attempt === attempts) throw explain(error, { tried: `creating it ${attempts} times` });
    }
  }
}

function isNameTaken(error: FlyError): boolean {
  return error.code === "name_taken" || /already been taken|uniqueness/i.test(error.message);
}

/** Polls until the new app is visible, as fly-go does: Fly answers 404 or 401 before. */
async function waitVisible(fly: Fly, inputs: AppInputs): Promise<AppWire> {
  const deadline = fly.clock.now() + visibleWithinMs;
  for (;;) {
    invalidate(fly, inputs.name);
    try {
      const live = await observeApp(fly, inputs.name);
      if (live !== undefined) return live;
    } catch (error) {
      if (error instanceof FlyError && error.status === 403) throw takenError(inputs);
      if (!(error instanceof FlyError) || error.status !== 401) throw error;
    }
    if (fly.clock.now() >= deadline) {
      throw new FlyError({
        what: `create app ${inputs.name}`,
        status: 404,
        code: "not_visible",
        detail: `it isn't visible ${visibleWithinMs / 1000} s after it was created`,
        hint: "Run it again in a minute.",
      });
    }
    await sleep(fly.clock, 500);
  }
}

async function waitGone(fly: Fly, app: string, appId: string): Promise<void> {
  const deadline = fly.clock.now() + goneWithinMs;
  for (;;) {
    invalidate(fly, app);
    const live = await observeApp(fly, app);
    if (live === undefined || live.id !== appId) return;
    if (fly.clock.now() >= deadline) {
      throw new FlyError({
        what: `delete app ${app}`,
        status: 202,
        code: "still_there",
        detail: `Fly accepted it, but the app is still there after ${goneWithinMs / 1000} s`,
        hint: "Run it again.",
      });
    }
    await sleep(fly.clock, 500);
  }
}

/** Asserts the owner. An app may spell its organization's slug differently (`personal`), so the list of apps decides. */
async function assertInOrganization(fly: Fly, live: AppWire, inputs: AppInputs): Promise<void> {
  if (live.organization?.slug === inputs.organization) return;
  if ((await listOrganization(fly, inputs)).some((app) => app.name === live.name)) return;
  throw takenError(inputs, live.organization?.slug ?? undefined);
}

/** Asserts that the app is gone. A wrong endpoint answers "not found" too, so the organization must answer and not list it. */
async function assertGone(fly: Fly, inputs: AppInputs): Promise<void> {
  if (!(await listOrganization(fly, inputs)).some((app) => app.name === inputs.name)) return;
  throw new FlyError({
    what: `read app ${inputs.name}`,
    status: 404,
    code: "contradiction",
    detail: `organization ${inputs.organization} lists it, but it can't be read`,
    hint: "Run it again in a minute.",
  });
}

async function listOrganization(
  fly: Fly,
  inputs: AppInputs,
): Promise<readonly { name?: string | null | undefined }[]> {
  const answer = await fly.call({
    what: `list the apps of organization ${inputs.organization}`,
    method: "GET",
    path: "apps",
    query: { org_slug: inputs.organization },
    response: appListWire,
  });
  return answer.apps ?? [];
}

function takenError(inputs: AppInputs, owner?: string): FlyError {
  return new FlyError({
    what: `use app ${inputs.name}`,
    status: 422,
    code: "name_taken",
    detail: `the name belongs to ${owner === undefined ? "another organization" : `organization ${owner}`}, not to ${inputs.organization}`,
    hint: "App names are global on Fly: choose another `app` in the Fleet, or the organization that owns it.",
  });
}

function isTaken(error: unknown): boolean {
  return error instanceof FlyError && error.code === "name_taken";
}
