/** The environment and command line of a process Machine's entry process. The cloud's own environment isn't passed on. */
import { dirname, join } from "node:path";
import type { Guest } from "./runner.ts";
import { translateValues, type Translation } from "./translate.ts";

/** Returns, the later ones winning: a base, Fly's variables (docs: machines/runtime-environment), `config.env`, app secrets. */
export function guestEnvironment(guest: Guest, translation: Translation): Record<string, string> {
  const { root, address } = translation;
  return {
    PATH: [join(root, "bin"), dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(
      ":",
    ),
    HOME: root,
    TMPDIR: join(root, "tmp"),
    LANG: "C.UTF-8",
    FLY_ALLOC_ID: guest.id,
    FLY_APP_NAME: guest.app,
    FLY_MACHINE_ID: guest.id,
    FLY_MACHINE_VERSION: guest.instanceId,
    FLY_REGION: guest.region,
    FLY_PRIVATE_IP: address,
    FLY_IMAGE_REF: guest.config.image ?? "",
    FLY_PROCESS_GROUP: "app",
    ...translateValues(guest.config.env ?? {}, translation),
    ...guest.secrets,
  };
}

/** Returns the command and its arguments: the config's `init`, or the image's entry script. */
export function guestCommand(guest: Guest, translation: Translation): readonly string[] {
  const { exec, entrypoint = [], cmd = [] } = guest.config.init ?? {};
  const given = exec ?? [...entrypoint, ...cmd];
  if (given.length === 0) return [join(translation.root, "bin", "entry")];
  return Object.values(translateValues(Object.fromEntries(given.entries()), translation));
}
