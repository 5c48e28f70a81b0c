import { z } from "zod";
import { caddySchema } from "../services/caddy/schema.ts";
import { natsSchema } from "../services/nats/schema.ts";
import { pocketbaseSchema } from "../services/pocketbase/schema.ts";
import { processSchema } from "../services/process/schema.ts";

/** `kind: Service`: one thing that runs. */
export const serviceSchema = z.discriminatedUnion("type", [
  caddySchema,
  natsSchema,
  pocketbaseSchema,
  processSchema,
]);

export type ServiceSource = z.output<typeof serviceSchema>;
