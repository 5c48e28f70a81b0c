/** The whole `config` of a Machine. Fly has no partial update: what isn't sent is deleted, so this is always all of it. */
import { createHash } from "node:crypto";

import { canonical } from "../plain.ts";
import type { MachineInputs } from "./inputs.ts";

/** A `config` as it goes to Fly or comes from it; `normal-form.ts` knows its parts. */
export type MachineConfig = Readonly<Record<string, unknown>> & {
  readonly image: string;
  readonly metadata: Readonly<Record<string, string>>;
};

/** Where every volume is mounted in the guest. */
const mountPath = "/flotilla/data";

export function renderMachineConfig(inputs: MachineInputs): MachineConfig {
  const files = inputs.files.map((file) =>
    "secret" in file
      ? { guest_path: file.path, secret_name: file.secret, mode: file.mode }
      : {
          guest_path: file.path,
          raw_value: Buffer.from(file.text, "utf8").toString("base64"),
        },
  );
  return {
    ...inputs.config,
    metadata: { ...inputs.config.metadata, secrets: hashDigests(inputs.secretDigests) },
    files,
    ...(inputs.volumeId === undefined
      ? {}
      : { mounts: [{ volume: inputs.volumeId, path: mountPath }] }),
  };
}

/** Secrets reach a Machine only by a reboot, so their digests are part of its configuration. */
function hashDigests(digests: Readonly<Record<string, string>>): string {
  return createHash("sha256").update(canonical(digests)).digest("hex").slice(0, 16);
}
