import type { RegionDesired } from "../compiler/compile.ts";

/**
 * Returns the check of a region's rendered files as arguments of a `command:local:Command`, which runs in the
 * project's folder. `create` names `entry.ts` relative to it, so that the state holds no path of the computer it was
 * written on.
 */
export function checkCommand(check: RegionDesired["check"]): {
  readonly create: string;
  readonly stdin: string;
} {
  return { create: "node region-check/entry.ts", stdin: JSON.stringify(check) };
}
