/** What the program says about a Machine. */
import { z } from "zod";

const fileShape = z.union([
  z.looseObject({ path: z.string(), text: z.string() }),
  z.looseObject({ path: z.string(), secret: z.string(), mode: z.number() }),
]);

export const machineInputsShape = z.looseObject({
  app: z.string(),
  appId: z.string(),
  name: z.string(),
  region: z.string(),
  state: z.enum(["started", "stopped"]),
  /** Fly's wire shape without `files` and `mounts`. */
  config: z.looseObject({
    image: z.string(),
    metadata: z.record(z.string(), z.string()).optional(),
  }),
  files: z.array(fileShape),
  volumeId: z.string().optional(),
  secretDigests: z.record(z.string(), z.string()),
  secretsVersion: z.number(),
  healthTimeoutSeconds: z.number(),
  /** Running hosts of a region that may change at once. Default: 1. */
  maxUnavailable: z.number().optional(),
  /** How long a host that has booted must keep passing its checks before it counts as changed. Default: 0. */
  minHealthySeconds: z.number().optional(),
  /** Take over a Machine of this name that flotilla didn't make. Default: false. */
  adopt: z.boolean().optional(),
});

export type MachineInputs = z.infer<typeof machineInputsShape>;
