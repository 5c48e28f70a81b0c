/** A provider process: its connection, and the call at which it is killed. */
import type { FlyApi } from "../../local/fly/server.ts";
import { createFly } from "../../providers/fly/api/client.ts";
import type { Fly } from "../../providers/fly/api/client.ts";
import { createMethods } from "../../providers/fly/methods.ts";
import type { FlyMethods } from "../../providers/fly/methods.ts";
import type { SimulationClock } from "../kit/simulation-clock.ts";

/** The process dies at its n-th call or n-th write (from 1), before or after the call has taken effect. */
export interface Crash {
  readonly nth: number;
  readonly of: "calls" | "writes";
  readonly when: "before" | "after";
}

/** What a mutant changes in a process. */
export interface Mutation {
  readonly fly?: (fly: Fly) => Fly;
  readonly methods?: (methods: FlyMethods) => FlyMethods;
}

export interface SimulatedProcess {
  readonly methods: FlyMethods;
  readonly isAlive: () => boolean;
  /** Number of calls, or of writes if the crash counts writes. */
  readonly counted: () => number;
  /** Resolves when it has died. */
  readonly died: Promise<void>;
}

export interface ProcessOptions {
  readonly api: FlyApi;
  readonly clock: SimulationClock;
  readonly random: () => number;
  readonly backend: string;
  readonly crash?: Crash | undefined;
  readonly mutation?: Mutation;
}

export function startProcess(options: ProcessOptions): SimulatedProcess {
  const { api, clock, random, crash, mutation = {} } = options;
  const died = Promise.withResolvers<void>();
  /** A dead process gets no response: its calls never settle. */
  const silence = new Promise<never>(() => undefined);
  let alive = true;
  let counted = 0;

  function die(): void {
    alive = false;
    died.resolve();
  }

  async function send(request: Request): Promise<Response> {
    if (!alive) return silence;
    const counts = crash?.of === "calls" || request.method !== "GET";
    if (counts) counted += 1;
    const isLast = counts && counted === crash?.nth;
    if (isLast && crash?.when === "before") {
      die();
      return silence;
    }
    const response = await abortable(request.signal, api.app.fetch(request));
    if (isLast) die();
    if (!alive) return silence;
    if (response.headers.has("flotilla-local-reset")) throw new TypeError("fetch failed");
    return response;
  }

  const env = {
    FLY_FLAPS_BASE_URL: api.url,
    FLY_API_TOKEN: api.token,
    PULUMI_BACKEND_URL: options.backend,
  };
  const own = createFly({ env, clock, random, fetch: send });
  const fly = mutation.fly?.(own) ?? own;
  const methods = createMethods(() => fly);
  return {
    methods: mutation.methods?.(methods) ?? methods,
    isAlive: () => alive,
    counted: () => counted,
    died: died.promise,
  };
}

/** Rejects as `fetch` does when its signal aborts. */
function abortable<T>(signal: AbortSignal, work: T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    Promise.resolve(work).then(resolve, reject);
  });
}
