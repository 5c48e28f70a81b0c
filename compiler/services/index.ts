/** The service types of the product, in the order of the reference documentation. */
import { caddy } from "./caddy/index.ts";
import { nats } from "./nats/index.ts";
import { pocketbase } from "./pocketbase/index.ts";
import { process } from "./process/index.ts";
import type { ServiceType } from "./service-type.ts";

export type ServiceName = "caddy" | "nats" | "pocketbase" | "process";

export const SERVICE_TYPES = {
  caddy,
  nats,
  pocketbase,
  process,
} as const satisfies Readonly<Record<ServiceName, ServiceType>>;
