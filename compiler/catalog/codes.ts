import { FLEET_CODES } from "./codes/fleet.ts";
import { SERVICE_CODES } from "./codes/services.ts";
import { TEXT_CODES } from "./codes/text.ts";
import { WARNING_CODES } from "./codes/warnings.ts";
import { WHOLE_CODES } from "./codes/whole.ts";

/**
 * Codes of every diagnostic that isn't one service type's own. Codes are stable: scripts and documents name them, so a code never
 * changes its meaning and is never used again. `E1` text and shape, `E2` fleet, `E3` services, `E4` what only
 * shows when everything is looked at together, `W` warnings of the same groups.
 */
export const SHARED_CODES = {
  ...TEXT_CODES,
  ...FLEET_CODES,
  ...SERVICE_CODES,
  ...WHOLE_CODES,
  ...WARNING_CODES,
} as const;
