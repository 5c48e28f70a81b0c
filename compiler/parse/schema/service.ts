import { z } from "zod";
import { caddySchema } from "./caddy.ts";
import { natsSchema } from "./nats.ts";
import { pocketbaseSchema } from "./pocketbase.ts";
import { processSchema } from "./process.ts";

/** `kind: Service`: one thing that runs. */
export const serviceSchema = z.discriminatedUnion("type", [
  caddySchema,
  natsSchema,
  pocketbaseSchema,
  processSchema,
]);

export type ServiceSource = z.output<typeof serviceSchema>;
