/** A simulated Fly API in virtual time, without a socket: minutes of a rollout pass in milliseconds. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

import { startFlyApi } from "../../../local/fly/server.ts";
import type { FlyApi, FlyApiOptions } from "../../../local/fly/server.ts";
import { convergeAppSecrets } from "../../../providers/fly/app-secrets.ts";
import { convergeApp } from "../../../providers/fly/app.ts";
import { createFly } from "../../../providers/fly/api/client.ts";
import type { Fly } from "../../../providers/fly/api/client.ts";
import { localBackendMarker } from "../../../providers/fly/api/target.ts";
import { createSimulationClock } from "../../kit/simulation-clock.ts";
import type { SimulationClock } from "../../kit/simulation-clock.ts";
import { appInputs } from "./cloud.ts";

export interface VirtualCloud {
  readonly api: FlyApi;
  readonly clock: SimulationClock;
  readonly appId: string;
  /** A connection that knows nothing of what another has seen: the next run. */
  nextRun(): Fly;
  /** Lets time pass until the work is done. */
  drive<T>(work: Promise<T>): Promise<T>;
  /** `METHOD path` of the writes so far, without `/v1/apps/acme`. */
  writes(): string[];
}

/** With app `acme` and its secret. */
export async function startVirtualCloud(options: FlyApiOptions = {}): Promise<VirtualCloud> {
  const clock = createSimulationClock();
  const api = await startFlyApi({ limits: false, lagMs: 0, clock, ...options });
  const backend = mkdtempSync(join(tmpdir(), "flotilla-test-"));
  writeFileSync(join(backend, localBackendMarker), "");
  onTestFinished(async () => {
    await clock.drive(api.close());
    rmSync(backend, { recursive: true });
  });
  const env = {
    FLY_FLAPS_BASE_URL: api.url,
    FLY_API_TOKEN: api.token,
    PULUMI_BACKEND_URL: `file://${backend}`,
  };
  async function send(request: Request): Promise<Response> {
    const response = await api.app.fetch(request);
    if (response.headers.has("flotilla-local-reset")) throw new TypeError("fetch failed");
    return response;
  }
  const nextRun = (): Fly => createFly({ env, clock, random: () => 0.5, fetch: send });
  const { outs } = await clock.drive(convergeApp(nextRun(), appInputs));
  const appId = String(outs["appId"]);
  const secrets = { app: "acme", appId, values: { ORIGIN_KEY: "a2V5" } };
  await clock.drive(convergeAppSecrets(nextRun(), secrets, {}));
  return {
    api,
    clock,
    appId,
    nextRun,
    drive: (work) => clock.drive(work),
    writes: () =>
      api.calls
        .list(0)
        .filter(({ method }) => method !== "GET")
        .map(({ method, path }) => `${method} ${path.replace("/v1/apps/acme", "")}`),
  };
}
