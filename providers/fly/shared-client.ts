/** The connection that a provider process shares among all its resources. */
import { createFly } from "./api/client.ts";
import type { Fly } from "./api/client.ts";

let shared: { readonly key: string; readonly fly: Fly } | undefined;

const deciding = [
  "FLY_API_TOKEN",
  "FLY_FLAPS_BASE_URL",
  "CLOUDFLARE_API_TOKEN",
  "CLOUDFLARE_BASE_URL",
  "PULUMI_BACKEND_URL",
];

/** Made at the first call, and again when the environment that decides about it has changed. */
export function sharedFly(): Fly {
  const key = deciding.map((name) => process.env[name] ?? "").join("\n");
  if (shared?.key !== key) shared = { key, fly: createFly() };
  return shared.fly;
}
