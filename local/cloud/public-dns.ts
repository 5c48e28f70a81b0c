/** What public DNS says about the hostnames in the local Cloudflare's zones. */
import type { LocalCloudflare } from "../cloudflare/app.ts";
import type { FlyStore } from "../fly/store/store.ts";

/** Returns the app whose own address a record of this name carries, and whether Cloudflare proxies it. */
export function appBehind(
  hostname: string,
  cloudflare: LocalCloudflare,
  { addresses }: FlyStore,
): { readonly app: string; readonly proxied: boolean } | undefined {
  for (const { proxied, content } of cloudflare.recordsFor(hostname)) {
    const address = addresses.all().find(({ ip, shared }) => !shared && ip === content);
    if (address !== undefined) return { app: address.app, proxied };
  }
  return undefined;
}

/** Returns contents of records. A proxied name shows only Cloudflare's own addresses in public, so here it has none. */
export function resolvePublicly(
  cloudflare: LocalCloudflare,
  name: string,
  type: string,
): readonly string[] {
  return cloudflare
    .recordsFor(name)
    .filter((record) => record.type === type && !record.proxied)
    .map(({ content }) => content.replace(/\.$/, "").replace(/^"(.*)"$/, "$1"));
}
