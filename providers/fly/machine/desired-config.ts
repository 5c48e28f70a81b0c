/** The complete `config` of a Machine. Fly has no partial update and deletes every part that isn't sent. */
import type { MachineConfig } from "../../../compiler/model/machine-config.ts";
import { canonicalJson } from "../../../lib/canonical-json.ts";
import { sha256 } from "../../../lib/hash.ts";
import type { MachineInputs } from "./machine-inputs.ts";

/** The whole `config` of a Machine as it goes to Fly. */
type MachineConfigRequest = MachineConfig & {
  readonly files: readonly object[];
  readonly mounts?: { readonly volume: string; readonly path: string }[];
};

/** Where every volume is mounted in the guest. */
const mountPath = "/flotilla/data";

export function renderMachineConfig(inputs: MachineInputs): MachineConfigRequest {
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

/** A Machine reads secrets at boot only, so their digests are part of its configuration: a new value reboots it. */
function hashDigests(digests: Readonly<Record<string, string>>): string {
  return sha256(canonicalJson(digests)).slice(0, 16);
}
