/**
 * A snapshot before anything that could touch a volume's data. Fly takes it of the moment it is asked for and
 * goes on with it by itself, so nothing waits for its end; one of a moment ago serves as well.
 */
import { z } from "zod";

import { anyResponse, appPath } from "./client.ts";
import type { Fly } from "./client.ts";
import { FlyError, isNotFound } from "./errors.ts";

const snapshotListWire = z.array(z.looseObject({ created_at: z.string().nullish() }));

/** A run that is repeated after a failure needs no second one. */
const freshMs = 10 * 60_000;

interface VolumeOwner {
  readonly app: string;
  readonly name: string;
  readonly region: string;
}

/** Throws `FlyError` when there is none and none can be asked for: then nothing may touch the volume. */
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
      // Another snapshot does no harm.
      repeatable: true,
      region: place.region,
    });
  } catch (error) {
    // No volume, no data.
    if (error instanceof FlyError && isNotFound(error)) return;
    throw error;
  }
}
