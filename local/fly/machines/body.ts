/** The body of a create or update. https://fly.io/docs/machines/api/machines-resource */
import { z } from "zod";
import { machineConfigSchema } from "../machine-config/schema.ts";
import type { AppRecord } from "../store/records.ts";
import { invalidArgument } from "../wire/errors.ts";

export const machineBodySchema = z.looseObject({
  config: machineConfigSchema,
  name: z.string().optional(),
  region: z.string().optional(),
  /** Seconds. */
  lease_ttl: z.number().optional(),
  skip_launch: z.boolean().optional(),
  skip_service_registration: z.boolean().optional(),
  min_secrets_version: z.number().optional(),
  current_version: z.string().optional(),
});

export type MachineBody = z.infer<typeof machineBodySchema>;

/** @throws FlyApiError (400) when the body asks for secrets newer than the app has */
export function assertSecretsVersion(app: AppRecord, body: MachineBody): void {
  const wanted = body.min_secrets_version ?? 0;
  if (wanted > app.secrets_version) {
    throw invalidArgument(`min_secrets_version ${wanted} is above ${app.secrets_version}`);
  }
}
