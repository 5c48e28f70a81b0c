/** A simulated Fly API in virtual time, without a socket: minutes of a rollout pass in milliseconds. */
import { onTestFinished } from "vitest";

import { startFlyApi } from "../../../local/fly/server.ts";
import type { FlyApi, FlyApiOptions } from "../../../local/fly/server.ts";
import { convergeAppSecrets } from "../../../providers/fly/app-secrets.ts";
import { convergeApp } from "../../../providers/fly/app.ts";
import { createFly } from "../../../providers/fly/api/client.ts";
import type { Fly } from "../../../providers/fly/api/client.ts";
import { createSimulationClock } from "../../kit/simulation-clock.ts";
import type { SimulationClock } from "../../kit/simulation-clock.ts";
import { appInputs, environmentFor, sendInProcess } from "./cloud.ts";

export interface VirtualCloud {
  readonly api: FlyApi;
  readonly clock: SimulationClock;
  readonly appId: string;
  /** A connection that remembers nothing another has read: the next run. */
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
  onTestFinished(() => clock.drive(api.close()));
  const env = environmentFor(api);
  const nextRun = (): Fly =>
    createFly({ env, clock, random: () => 0.5, fetch: (request) => sendInProcess(api, request) });
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
