import type { CheckerDesired } from "../model/desired.ts";
import { PATHS } from "../catalog/guest-paths.ts";

/** The program that reads each rendered file, by guest path, sorted by it. */
export const CHECKERS: Readonly<Record<string, CheckerDesired>> = {
  [PATHS.caddy]: { program: "caddy", args: ["validate", "--config", PATHS.caddy] },
  // Its parser accepts files that the server refuses at its start, so both are tried.
  [PATHS.nats]: {
    program: "nats-server",
    args: ["-c", PATHS.nats, "-t"],
    start: { args: ["-c", PATHS.nats], ready: "Server is ready" },
  },
  [PATHS.processCompose]: {
    program: "process-compose",
    args: ["up", "--dry-run", "-f", PATHS.processCompose, "-L", "/dev/null"],
    readsUnsetAsEmpty: true,
  },
};
