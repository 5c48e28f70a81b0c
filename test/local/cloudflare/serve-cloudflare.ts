import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { bearer } from "../../../fixtures/bearer.ts";
import { type CallLog, createCallLog } from "../../../local/http/call-log.ts";
import { type LocalCloudflare, createCloudflareApp } from "../../../local/cloudflare/app.ts";
import { type Faults, createFaults } from "../../../local/faults/rules.ts";

export const TOKEN = "flotilla-local-test";

export interface ServedCloudflare {
  readonly cloudflare: LocalCloudflare;
  readonly faults: Faults;
  readonly calls: CallLog;
  /** Without a slash at its end, as people write it. */
  readonly url: string;
  request(method: string, path: string, body?: unknown): Promise<Response>;
  close(): Promise<void>;
}

/** The local Cloudflare API on a free port. */
export async function serveCloudflare(dir: string): Promise<ServedCloudflare> {
  const faults = createFaults();
  const calls = createCallLog();
  const cloudflare = await createCloudflareApp({ dir, token: TOKEN, faults, calls });
  const server = serve({ fetch: cloudflare.app.fetch, hostname: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/client/v4`;
  return {
    cloudflare,
    faults,
    calls,
    url,
    request: (method, path, body) =>
      fetch(`${url}/${path}`, {
        method,
        headers: bearer(TOKEN),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
