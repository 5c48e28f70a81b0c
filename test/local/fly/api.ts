/** The API on a virtual clock, without a port: `call` is one authenticated request. */
import { bearer } from "../../../fixtures/bearer.ts";
import { createCallLog, type CallLog } from "../../../local/http/call-log.ts";
import { createFaults, type Faults } from "../../../local/faults/rules.ts";
import { createFlyApp, type FlyAppPorts } from "../../../local/fly/api.ts";
import { openFlyStore, type FlyStore } from "../../../local/fly/store/store.ts";
import { createVirtualClock, type VirtualClock } from "../../../fixtures/virtual-clock.ts";
import { createRandom } from "../../../local/machines/random.ts";
import { createSimulatedRunner } from "../../../local/machines/simulated.ts";

const TOKEN = "flotilla-local-test";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
  /** What is at that path of the JSON; undefined when nothing is. */
  readonly at: (...path: readonly (string | number)[]) => unknown;
  /** The text at that path; throws when it is none. */
  readonly str: (...path: readonly (string | number)[]) => string;
}

export interface TestApi {
  readonly clock: VirtualClock;
  readonly store: FlyStore;
  readonly faults: Faults;
  readonly calls: CallLog;
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** App `acme`, seen by reads. */
  makeApp(): Promise<void>;
  /** Machine `iad-0` (or as given), started and seen by reads; its id. */
  makeMachine(body?: object): Promise<string>;
}

export interface TestApiOptions {
  readonly limits?: boolean;
  readonly lagMs?: number;
  readonly listLagMs?: number;
  readonly resolveDns?: FlyAppPorts["resolveDns"];
}

export function createTestApi(options: TestApiOptions = {}): TestApi {
  const clock = createVirtualClock();
  const random = createRandom(7);
  const store = openFlyStore();
  const faults = createFaults();
  const calls = createCallLog(() => clock.now());
  const { app } = createFlyApp({
    store,
    runner: createSimulatedRunner({ clock, random }),
    clock,
    random,
    limits: options.limits ?? false,
    faults,
    calls,
    token: TOKEN,
    octet: 1,
    lagMs: options.lagMs ?? 0,
    listLagMs: options.listLagMs,
    resolveDns: options.resolveDns,
    log: () => undefined,
  });

  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await app.request(path, {
      method,
      headers: { ...bearer(TOKEN), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") ?? false;
    return answerOf(response, text, isJson ? JSON.parse(text) : undefined);
  }

  async function makeApp(): Promise<void> {
    await call("POST", "/v1/apps", { name: "acme", org_slug: "personal" });
    await clock.advance(1_000);
  }

  async function makeMachine(body: object = {}): Promise<string> {
    const made = await call("POST", "/v1/apps/acme/machines", {
      name: "iad-0",
      region: "iad",
      config: { image: "x/y:1" },
      ...body,
    });
    await clock.advance(2_000);
    return made.str("id");
  }

  return { clock, store, faults, calls, call, makeApp, makeMachine };
}

function answerOf({ status, headers }: Response, text: string, json: unknown): Answer {
  function at(...path: readonly (string | number)[]): unknown {
    return path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], json);
  }
  function str(...path: readonly (string | number)[]): string {
    const value = at(...path);
    if (typeof value !== "string") throw new Error(`no text at ${path.join(".")}: ${text}`);
    return value;
  }
  return { status, headers, text, json, at, str };
}
