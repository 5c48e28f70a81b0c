import { GUEST_PATHS } from "../catalog/guest-paths.ts";
import type { CheckerDesired } from "../model/desired.ts";
import type { ServiceTypes } from "../services/service-type.ts";

/** Returns the program that reads each of these files, by guest path, in the order of the service types. */
export function checkersOf(
  types: ServiceTypes,
  paths: ReadonlySet<string>,
): Readonly<Record<string, CheckerDesired>> {
  const all = [
    ...Object.values(types).flatMap(({ checkers }) => Object.entries(checkers)),
    [GUEST_PATHS.processCompose, PROJECT_CHECKER] as const,
  ];
  return Object.fromEntries(all.filter(([path]) => paths.has(path)));
}

const PROJECT_CHECKER: CheckerDesired = {
  program: "process-compose",
  args: ["up", "--dry-run", "-f", GUEST_PATHS.processCompose, "-L", "/dev/null"],
  readsUnsetAsEmpty: true,
};
