/** The connection to Fly that all resources of a provider process share. */
import { createFly } from "./api/client.ts";
import type { Fly } from "./api/client.ts";

let shared: { readonly key: string; readonly fly: Fly } | undefined;

const decidingVariables = [
  "FLY_API_TOKEN",
  "FLY_FLAPS_BASE_URL",
  "CLOUDFLARE_API_TOKEN",
  "CLOUDFLARE_BASE_URL",
  "PULUMI_BACKEND_URL",
];

/** Returns the shared connection. It is made at the first call, and again after one of these variables has changed. */
export function sharedFly(): Fly {
  const key = decidingVariables.map((name) => process.env[name] ?? "").join("\n");
  if (shared?.key !== key) shared = { key, fly: createFly() };
  return shared.fly;
}
