/** The controller, for those outside `controller/`: start one, find one, and what its command works on. */
export { startController, readController, ADMIN_TOKEN_FILE } from "./serve.ts";
export type { ControllerOptions } from "./serve.ts";
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
