/** The façade of the controller: start or find one, manage its tokens and backups, and the shapes of its API. */
export { ADMIN_TOKEN_FILE } from "./access/first-admin.ts";
export { readController } from "./running-controller.ts";
export { startController } from "./start-controller.ts";
export type { ControllerOptions } from "./start-controller.ts";
export {
  backupController,
  listTokens,
  makeToken,
  revokeToken,
} from "./access/token-administration.ts";
export type { Burst } from "./model/burst.ts";
export type { Pause } from "./model/pause.ts";
export type { Problem } from "./model/problem.ts";
export type { Role } from "./model/token.ts";
export type { Reconcile, SpecChange, SpecView } from "./model/spec.ts";
export type { Status } from "./model/status.ts";
