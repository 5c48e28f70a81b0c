/**
 * Snapshots a volume before anything that could touch its data. Fly takes the snapshot of the moment of the request and
 * completes it on its own, so nothing waits for its end.
 */
import { z } from "zod";

import { anyResponse, appPath } from "./client.ts";
import type { Fly } from "./client.ts";
import { FlyError, isNotFound } from "./errors.ts";

const snapshotListWire = z.array(z.looseObject({ created_at: z.string().nullish() }));

/** A younger snapshot serves too, so that a run repeated after a failure doesn't take a second one. */
const freshMs = 10 * 60_000;

interface VolumeOwner {
  readonly app: string;
  readonly name: string;
  readonly region: string;
}

/**
 * Makes sure that a fresh snapshot of the volume exists or is being taken.
 *
 * @throws {FlyError} when it can't: then nothing may touch the volume
 */
export async function snapshotVolume(
  fly: Fly,
  place: VolumeOwner,
  volumeId: string,
): Promise<void> {
  const path = appPath(place.app, "volumes", volumeId, "snapshots");
  const what = `snapshot volume ${volumeId} before ${place.name} changes`;
  try {
    const snapshots = await fly.call({ what, method: "GET", path, response: snapshotListWire });
    const oldest = fly.clock.now() - freshMs;
    if (snapshots.some(({ created_at }) => Date.parse(created_at ?? "") > oldest)) return;
    await fly.call({
      what,
      method: "POST",
      path,
      response: anyResponse,
      // A second snapshot is harmless.
      repeatable: true,
      region: place.region,
    });
  } catch (error) {
    // The volume doesn't exist, so there is no data to lose.
    if (error instanceof FlyError && isNotFound(error)) return;
    throw error;
  }
}
