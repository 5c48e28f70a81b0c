/** Names of environment variables and secrets that a spec can't use. */
import { NATS_LEAF_SEED, TLS_SECRETS } from "./secrets.ts";

const RESERVED_PREFIXES = ["FLOTILLA_", "FLY_", "PC_", "ACTIVE_", "DISABLED_", "PORT_"] as const;

/** Variables that the host sets or reads. */
const RESERVED_NAMES = [
  "PORT",
  "PATH",
  "HOME",
  "BIND_ADDRESS",
  "NATS_URL",
  "POCKETBASE_URL",
  "POCKETBASE_BACKUP",
] as const;

/** Variables of other services that `image/bin/run` passes to every process, without being told their names. */
export const PASSED_VARIABLES: readonly string[] = ["NATS_URL", "POCKETBASE_URL"];

/** Secrets that no process of the spec may have: the TLS key, and the login of links between NATS servers. */
export const PLATFORM_SECRETS: readonly string[] = [...TLS_SECRETS, NATS_LEAF_SEED];

export const RESERVED_NAME_PATTERN = `^(${RESERVED_PREFIXES.join("|")})|^(${RESERVED_NAMES.join("|")})$`;

/** Whether flotilla or Fly sets the variable itself. */
export function isReservedName(name: string): boolean {
  return (
    (RESERVED_NAMES as readonly string[]).includes(name) ||
    RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix))
  );
}
