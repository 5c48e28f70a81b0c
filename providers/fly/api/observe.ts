/**
 * Reads the live state of an app. All reads of a refresh share one list per app. The list is stale after any write of
 * this process to the app, and after 30 s, since a person may take minutes to confirm a preview.
 */
import { appPath } from "./client.ts";
import type { Fly } from "./client.ts";
import { FlyError, isNotFound } from "./errors.ts";
import { appWire, machineListWire, machineWire, volumeListWire } from "./wire.ts";
import type { AppWire, MachineWire, VolumeWire } from "./wire.ts";

const maxAgeMs = 30_000;

interface CachedRead {
  readonly value: Promise<unknown>;
  readonly writes: number;
  readonly at: number;
}

const entries = new WeakMap<Fly, Map<string, CachedRead>>();

/** Says whether a Machine no longer exists or is about to be removed. Source: Fly docs, machines/machine-states. */
export function isGone(machine: MachineWire): boolean {
  return ["destroyed", "destroying", "replaced", "migrated"].includes(machine.state);
}

/** Source: fly-go, destroyedVolumeStates. */
const deadVolumeStates = [
  "scheduling_destroy",
  "fork_cleanup",
  "waiting_for_detach",
  "pending_destroy",
  "destroying",
  "destroyed",
];

/**
 * Returns the app's Machines that aren't gone, from the shared list.
 *
 * @param accept `stale` also accepts a list from before this process's writes: for callers that read each Machine again
 */
export async function observeMachines(
  fly: Fly,
  app: string,
  accept: "stale" | "current" = "current",
): Promise<readonly MachineWire[]> {
  const load = async (): Promise<readonly MachineWire[]> => {
    const machines = await fly.call({
      what: `list the Machines of app ${app}`,
      method: "GET",
      path: appPath(app, "machines"),
      response: machineListWire,
    });
    return machines.filter((machine) => !isGone(machine));
  };
  return shared(fly, app, "machines", load, accept);
}

/** Returns the app's volumes that aren't being destroyed, from the shared list. */
export async function observeVolumes(fly: Fly, app: string): Promise<readonly VolumeWire[]> {
  return shared(fly, app, "volumes", async () => {
    const volumes = await fly.call({
      what: `list the volumes of app ${app}`,
      method: "GET",
      path: appPath(app, "volumes"),
      response: volumeListWire,
    });
    return volumes.filter((volume) => !deadVolumeStates.includes(volume.state));
  });
}

/** Drops the shared lists of an app, so that the next read asks Fly. */
export function invalidate(fly: Fly, app: string): void {
  for (const kind of ["machines", "volumes", "app"]) entries.get(fly)?.delete(`${kind} ${app}`);
}

/** Reads one Machine now. Returns undefined if Fly doesn't know it or it is gone. */
export async function observeMachine(
  fly: Fly,
  app: string,
  id: string,
): Promise<MachineWire | undefined> {
  try {
    const machine = await fly.call({
      what: `read Machine ${id}`,
      method: "GET",
      path: appPath(app, "machines", id),
      response: machineWire,
    });
    return isGone(machine) ? undefined : machine;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Reads the app. Returns undefined if its name is free; another organization's app is an error (403). */
export async function observeApp(fly: Fly, app: string): Promise<AppWire | undefined> {
  return shared(fly, app, "app", async () => {
    try {
      return await fly.call({
        what: `read app ${app}`,
        method: "GET",
        path: appPath(app),
        response: appWire,
      });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  });
}

/**
 * Asserts that the app which holds these resources still answers. Only then does "not found" mean that a resource is
 * gone: a wrong token, organization or endpoint answers "not found" too, and the whole fleet would be created again.
 *
 * @throws {FlyError} with code `wrong_app`
 */
export async function assertSameApp(fly: Fly, app: string, appId: string): Promise<void> {
  const live = await observeApp(fly, app);
  if (live?.id === appId) return;
  throw new FlyError({
    what: `read the resources of app ${app}`,
    status: live === undefined ? 404 : 200,
    code: "wrong_app",
    detail:
      live === undefined
        ? "Fly answers that there is no such app"
        : `an app of this name answers, but it is another one (id ${live.id}, expected ${appId})`,
    hint:
      "Check FLY_API_TOKEN and FLY_FLAPS_BASE_URL. If the app was really deleted, remove its resources from this stack's state " +
      "(`pulumi state delete <urn>`, or `pulumi stack rm --force`) and run it again.",
  });
}

async function shared<T>(
  fly: Fly,
  app: string,
  kind: string,
  load: () => Promise<T>,
  accept: "stale" | "current" = "current",
): Promise<T> {
  const known = entries.get(fly) ?? new Map<string, CachedRead>();
  entries.set(fly, known);
  const key = `${kind} ${app}`;
  const entry = known.get(key);
  const writes = fly.writes(app);
  const now = fly.clock.now();
  const isCurrent = accept === "stale" || entry?.writes === writes;
  if (entry !== undefined && isCurrent && now - entry.at < maxAgeMs) {
    return (await entry.value) as T;
  }
  const value = load();
  known.set(key, { value, writes, at: now });
  try {
    return await value;
  } catch (error) {
    // A failure isn't cached, but all callers that waited for this call share it.
    if (known.get(key)?.value === value) known.delete(key);
    throw error;
  }
}
