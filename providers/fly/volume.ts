/**
 * A host's volume. Its data outlives the stack: Pulumi never deletes a volume, and an existing one is adopted before a
 * new one is created, so that the data is found again after a lost state or a destroyed stack.
 */
import { z } from "zod";

import { sleep } from "../../lib/clock.ts";
import { appPath } from "./api/client.ts";
import type { Fly } from "./api/client.ts";
import type {
  CheckFailure,
  CheckResult,
  DiffResult,
  Properties,
} from "../dynamic/resource-methods.ts";
import { explain, FlyError, isAmbiguous } from "./api/errors.ts";
import { parseInputs } from "../dynamic/resource-inputs.ts";
import { assertSameApp, invalidate, observeMachine, observeVolumes } from "./api/observe.ts";
import { PartialError } from "../dynamic/partial-error.ts";
import { toPlainJson } from "../dynamic/json.ts";
import { snapshotVolume } from "./api/volume-snapshot.ts";
import { hasUnknown } from "../dynamic/pulumi-unknown.ts";
import { volumeExtendedWire, volumeWire } from "./api/wire.ts";
import type { VolumeWire } from "./api/wire.ts";

const inputsShape = z.looseObject({
  app: z.string(),
  appId: z.string(),
  name: z.string(),
  region: z.string(),
  sizeGb: z.number(),
  /** Adopt a volume that is mounted by a Machine flotilla didn't create. Default: false. */
  adopt: z.boolean().optional(),
});
type VolumeInputs = z.infer<typeof inputsShape>;

const maxSizeGb = 500;
const attempts = 3;
const usableWithinMs = 120_000;
const usableStates = ["created", "hydrating", "extending"];

/** Checks name and size. Volumes can only grow. Source: Fly docs, volumes-resource. */
export function checkVolume(olds: Properties, news: Properties): CheckResult {
  const failures: CheckFailure[] = [];
  const { name, sizeGb } = news;
  if (!hasUnknown(name) && !(typeof name === "string" && /^[a-z0-9_]{1,30}$/.test(name))) {
    const reason = `${JSON.stringify(name)} is not a volume name: at most 30 lower-case letters, digits and \`_\`.`;
    failures.push({ property: "name", reason });
  }
  if (!hasUnknown(sizeGb)) {
    const before =
      olds["name"] === name && olds["region"] === news["region"] ? olds["sizeGb"] : undefined;
    const isSize =
      typeof sizeGb === "number" && Number.isInteger(sizeGb) && sizeGb >= 1 && sizeGb <= maxSizeGb;
    if (!isSize) {
      failures.push({
        property: "sizeGb",
        reason: `A volume's size is a whole number from 1 to ${maxSizeGb} GB.`,
      });
    } else if (typeof before === "number" && sizeGb < before) {
      const reason =
        `Volume ${String(name)} can't shrink from ${before} to ${sizeGb} GB: Fly only grows volumes. ` +
        `Put \`storage_gb\` back to ${before}, or give the data a new home under another service.`;
      failures.push({ property: "sizeGb", reason });
    }
  }
  return failures.length > 0 ? { inputs: news, failures } : { inputs: news };
}

export function diffVolume(olds: Properties, news: Properties): DiffResult {
  const replaces = ["app", "name", "region"].filter(
    (key) => olds[key] !== news[key] && !hasUnknown(news[key]),
  );
  if (replaces.length > 0) return { changes: true, replaces };
  const liveSizeGb = olds["liveSizeGb"] ?? olds["sizeGb"];
  const hasShrunk =
    typeof liveSizeGb === "number" &&
    typeof news["sizeGb"] === "number" &&
    liveSizeGb < news["sizeGb"];
  const keys = ["app", "appId", "name", "region", "sizeGb"];
  return { changes: hasShrunk || keys.some((key) => olds[key] !== news[key]) };
}

/**
 * Finds or creates this host's volume and grows it to the requested size. Outs: the inputs, `volumeId` and
 * `liveSizeGb`, which is larger than `sizeGb` if a larger volume was adopted.
 */
export async function convergeVolume(
  fly: Fly,
  raw: Properties,
  olds: Properties,
): Promise<{ id: string; outs: Properties }> {
  const inputs = parseInputs("Volume", inputsShape, raw);
  const id = `${inputs.app}/${inputs.name}`;
  invalidate(fly, inputs.app);
  const volume =
    (await findVolume(fly, inputs, olds["volumeId"])) ?? (await createVolume(fly, inputs));
  try {
    await waitUsable(fly, inputs, volume.id);
    const isSmall = volume.size_gb < inputs.sizeGb;
    if (isSmall) await snapshotVolume(fly, inputs, volume.id);
    const liveSizeGb = isSmall ? await extend(fly, inputs, volume.id) : volume.size_gb;
    return { id, outs: toPlainJson({ ...raw, volumeId: volume.id, liveSizeGb }) };
  } catch (error) {
    throw new PartialError(id, raw, { volumeId: volume.id, liveSizeGb: volume.size_gb }, error);
  }
}

export async function readVolume(
  fly: Fly,
  id: string,
  raw: Properties,
): Promise<{ id?: string; props?: Properties }> {
  const inputs = parseInputs("Volume", inputsShape, raw);
  const candidates = await observeCandidates(fly, inputs);
  // When Fly moves a volume to another server, the volume keeps its name and gets a new id.
  const known = candidates.find((volume) => volume.id === raw["volumeId"]);
  const live = known ?? (candidates.length === 1 ? candidates[0] : undefined);
  if (live === undefined) {
    if (candidates.length > 1) throw severalError(inputs, candidates);
    await assertSameApp(fly, inputs.app, inputs.appId);
    return {};
  }
  return { id, props: toPlainJson({ ...raw, volumeId: live.id, liveSizeGb: live.size_gb }) };
}

async function findVolume(
  fly: Fly,
  inputs: VolumeInputs,
  knownId: unknown,
): Promise<VolumeWire | undefined> {
  const candidates = await observeCandidates(fly, inputs);
  const known = candidates.find((volume) => volume.id === knownId);
  if (known !== undefined) return known;
  if (candidates.length > 1) throw severalError(inputs, candidates);
  const [only] = candidates;
  if (only !== undefined) await assertOursOrFree(fly, inputs, only);
  return only;
}

async function observeCandidates(fly: Fly, inputs: VolumeInputs): Promise<readonly VolumeWire[]> {
  const volumes = await observeVolumes(fly, inputs.app);
  return volumes.filter((volume) => volume.name === inputs.name && volume.region === inputs.region);
}

/** An attached volume is ours if its Machine is. A second volume beside it would separate a host from its data. */
async function assertOursOrFree(fly: Fly, inputs: VolumeInputs, volume: VolumeWire): Promise<void> {
  if (!volume.attached_machine_id || inputs.adopt === true) return;
  const holder = await observeMachine(fly, inputs.app, volume.attached_machine_id);
  if (holder === undefined || holder.config?.metadata?.["managed_by"] === "flotilla") return;
  throw new FlyError({
    what: `use volume ${inputs.name}`,
    status: 409,
    code: "volume_attached",
    detail: `volume ${volume.id} is attached to Machine ${holder.name} (${holder.id}), which flotilla doesn't manage`,
    region: inputs.region,
    hint:
      "To let flotilla adopt both, run `pulumi up -c flotilla:adopt=true` once, and `pulumi config rm flotilla:adopt` after it. " +
      "Otherwise destroy that Machine, which detaches the volume, or destroy the volume.",
  });
}

async function createVolume(fly: Fly, inputs: VolumeInputs): Promise<VolumeWire> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fly.call({
        what: `create volume ${inputs.name}`,
        method: "POST",
        path: appPath(inputs.app, "volumes"),
        json: { name: inputs.name, region: inputs.region, size_gb: inputs.sizeGb, encrypted: true },
        response: volumeWire,
        region: inputs.region,
      });
    } catch (error) {
      if (!isAmbiguous(error)) throw error;
      // Names aren't unique and lists lag behind writes, so look twice before creating a second volume.
      for (let lookup = 1; lookup <= 2; lookup += 1) {
        await sleep(fly.clock, 1_000);
        invalidate(fly, inputs.app);
        const found = await findVolume(fly, inputs, undefined);
        if (found !== undefined) return found;
      }
      if (attempt === attempts) throw explain(error, { tried: `creating it ${attempts} times` });
    }
  }
}

async function waitUsable(fly: Fly, inputs: VolumeInputs, volumeId: string): Promise<void> {
  const deadline = fly.clock.now() + usableWithinMs;
  for (;;) {
    invalidate(fly, inputs.app);
    const live = (await observeVolumes(fly, inputs.app)).find((volume) => volume.id === volumeId);
    if (live !== undefined && usableStates.includes(live.state)) return;
    if (fly.clock.now() >= deadline) {
      throw new FlyError({
        what: `use volume ${inputs.name}`,
        status: 200,
        code: "not_usable",
        detail: `volume ${volumeId} is ${live?.state ?? "not visible"} after ${usableWithinMs / 1000} s`,
        region: inputs.region,
        hint: "Run it again in a minute.",
      });
    }
    await sleep(fly.clock, 1_000);
  }
}

async function extend(fly: Fly, inputs: VolumeInputs, volumeId: string): Promise<number> {
  const answer = await fly.call({
    what: `grow volume ${inputs.name} (${volumeId}) to ${inputs.sizeGb} GB`,
    method: "PUT",
    path: appPath(inputs.app, "volumes", volumeId, "extend"),
    json: { size_gb: inputs.sizeGb },
    response: volumeExtendedWire,
    region: inputs.region,
  });
  return answer.volume?.size_gb ?? inputs.sizeGb;
}

function severalError(inputs: VolumeInputs, candidates: readonly VolumeWire[]): FlyError {
  const list = candidates.map(
    (volume) =>
      `${volume.id} (${volume.size_gb} GB, ${volume.attached_machine_id ? "attached" : "unattached"})`,
  );
  return new FlyError({
    what: `identify volume ${inputs.name}`,
    status: 409,
    code: "several_volumes",
    detail: `app ${inputs.app} has ${candidates.length} of that name: ${list.join(", ")}`,
    region: inputs.region,
    hint: "Keep the one with the data and delete the other with `flotilla volumes prune`.",
  });
}
