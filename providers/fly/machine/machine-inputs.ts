/** The inputs of a Machine. */
import { z } from "zod";

import {
  machineConfigShape,
  machineFileShape,
  slotCountsShape,
} from "../../../compiler/model/machine-config.ts";
import type { Declared } from "../../../compiler/model/machine-config.ts";

export const machineInputsShape = z.looseObject({
  app: z.string(),
  appId: z.string(),
  name: z.string(),
  region: z.string(),
  state: z.enum(["started", "stopped"]),
  config: machineConfigShape,
  files: z.array(machineFileShape),
  /** Slots that the host has, per service. Absent in states of older versions, as `active`: see `slot-environment.ts`. */
  slots: slotCountsShape.optional(),
  /** Slots that should be on, per service. */
  active: slotCountsShape.optional(),
  volumeId: z.string().optional(),
  secretDigests: z.record(z.string(), z.string()),
  secretsVersion: z.number(),
  healthTimeoutSeconds: z.number(),
  /** Running hosts of a region that may change at once. Default: 1. */
  maxUnavailable: z.number().optional(),
  /** How long a host that has booted must keep passing its checks before it counts as changed. Default: 0. */
  minHealthySeconds: z.number().optional(),
  /** Adopt a Machine of this name that flotilla didn't create. Default: false. */
  adopt: z.boolean().optional(),
});

export type MachineInputs = Declared<z.infer<typeof machineInputsShape>>;
