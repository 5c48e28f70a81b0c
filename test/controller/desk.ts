/** A controller in this process: real store, specs, compiler and API; hosts and runs are told what they do. */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import type { z } from "zod";
import { bearer } from "../../fixtures/bearer.ts";
import { createToken } from "../../controller/access/tokens.ts";
import { createApi } from "../../controller/api/app.ts";
import type { ControllerApi } from "../../controller/api/app.ts";
import { createFleetCompiler } from "../../controller/fleet/compile-fleet.ts";
import type { Reading } from "../../controller/autoscale/measurements.ts";
import { createHostInspector } from "../../controller/sources/host-inspector.ts";
import { createLoop } from "../../controller/loop/loop.ts";
import type { Loop } from "../../controller/loop/loop.ts";
import type { RunRequest, StackRunner } from "../../controller/loop/stack-runner.ts";
import { auditListSchema } from "../../controller/model/audit.ts";
import type { AuditEntry } from "../../controller/model/audit.ts";
import { statusSchema } from "../../controller/model/status.ts";
import type { Status } from "../../controller/model/status.ts";
import type { Role } from "../../controller/model/token.ts";
import { openFolder } from "../../controller/specs/folder-repository.ts";
import type { SpecsRepository } from "../../controller/specs/repository.ts";
import { openSqlite } from "../../controller/store/sqlite-store.ts";
import type { Store } from "../../controller/store/store.ts";
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import type { ObservedProcess } from "../../providers/fly/observe-processes.ts";
import { sampleFolder } from "../../fixtures/sample-specs.ts";
import { HandClock } from "../kit/hand-clock.ts";
import { scratchFolder } from "../kit/scratch-folder.ts";

/** Copies the sample fleet's specs to a folder of this test. */
export async function copySampleSpecs(): Promise<string> {
  const folder = join(scratchFolder(), "specs");
  await cp(sampleFolder, folder, { recursive: true });
  return folder;
}

export interface Desk {
  readonly api: ControllerApi;
  readonly loop: Loop;
  readonly store: Store;
  readonly specs: SpecsRepository;
  readonly clock: HandClock;
  readonly folder: string;
  readonly stateDir: string;
  /** Runs in the order they were started. */
  readonly runs: RunRequest[];
  /** What `observe` answers. */
  hosts: readonly ObservedHost[];
  /** What runs inside the hosts, by name. */
  readonly processes: Map<string, readonly ObservedProcess[]>;
  /** Machines whose slots were said not to be known. */
  readonly doubted: string[];
  /** What the metrics say, by type. */
  readonly readings: Map<string, Reading>;
  /** What the next runs of a stack throw. */
  readonly failing: Map<string, Error>;
  /** What the next runs of a stack give out. */
  readonly outputs: Map<string, Readonly<Record<string, unknown>>>;
  /** What the next runs of a stack warn of. */
  readonly warnings: Map<string, readonly string[]>;
  /** Lines of the log, as they were written. */
  readonly logs: readonly Readonly<Record<string, unknown>>[];
  token(role: Role): Promise<string>;
  call(method: string, path: string, options?: CallOptions): Promise<Answered>;
  status(): Promise<Status>;
  audit(): Promise<readonly AuditEntry[]>;
}

export interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** JSON, or the text as it is. */
  readonly body: unknown;
  /** The body as one of the API's shapes; throws when it isn't one. */
  as<T>(schema: z.ZodType<T>): T;
}

export interface DeskOptions {
  readonly storePath?: string;
  readonly specs?: SpecsRepository;
  readonly clock?: HandClock;
  readonly folder?: string;
  readonly stateDir?: string;
}

export async function openDesk(options: DeskOptions = {}): Promise<Desk> {
  const clock = options.clock ?? new HandClock();
  const folder = options.folder ?? (await copySampleSpecs());
  const stateDir = options.stateDir ?? scratchFolder();
  const store = openSqlite(options.storePath ?? ":memory:");
  const specs = options.specs ?? (await openFolder({ folder, stateDir, now: () => clock.now() }));
  const compiler = createFleetCompiler();
  const logs: Record<string, unknown>[] = [];
  const log = pino(
    { base: null },
    { write: (line: string) => void logs.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const runs: RunRequest[] = [];
  const failing = new Map<string, Error>();
  const runner: StackRunner = {
    async up(order) {
      runs.push(order);
      const error = failing.get(order.stack);
      if (error !== undefined) throw error;
      const own = desk.hosts.filter(({ region }) => region === order.stack);
      const versions = Object.fromEntries(own.map(({ name, version }) => [name, version]));
      return {
        changes: { same: 1 },
        outputs: desk.outputs.get(order.stack) ?? {},
        versions,
        warnings: desk.warnings.get(order.stack) ?? [],
      };
    },
  };
  const loop = createLoop({
    store,
    specs,
    compiler,
    runner,
    observe: async () => desk.hosts,
    inspector: createHostInspector(async (_, { name }) => desk.processes.get(name) ?? [], clock),
    markSlotsUnknown: async (_, id) => void desk.doubted.push(id),
    readMetric: async ({ metric }) => desk.readings.get(metric.type) ?? { error: "not heard" },
    clock,
    log,
    intervals: { specsMs: 10_000, driftMs: 30_000, slotsMs: 30_000, confirmMs: 3_000, runs: 4 },
  });
  let ids = 0;
  const api = createApi({
    store,
    specs,
    compiler,
    loop,
    clock,
    log,
    target: "Fly",
    newId: (prefix) => `${prefix}-${(ids += 1)}`,
    peer: () => "127.0.0.1",
  });
  const secrets = new Map<Role, string>();
  const desk: Desk = {
    status: async () => (await desk.call("GET", "/v1/status")).as(statusSchema),
    audit: async () => (await desk.call("GET", "/v1/audit")).as(auditListSchema).entries,
    api,
    loop,
    store,
    specs,
    clock,
    folder,
    stateDir,
    runs,
    hosts: [],
    processes: new Map(),
    doubted: [],
    readings: new Map(),
    failing,
    outputs: new Map(),
    warnings: new Map(),
    logs,
    async token(role) {
      const known = secrets.get(role);
      if (known !== undefined) return known;
      const { secret, token } = createToken(`the ${role}`, role, clock.now());
      await store.commit([{ put: "token", token }]);
      secrets.set(role, secret);
      return secret;
    },
    async call(method, path, { token, body, headers, signal } = {}) {
      const response = await api.app.request(path, {
        method,
        headers: {
          ...bearer(token ?? (await desk.token("operator"))),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json") === true;
      const answer: unknown = isJson ? JSON.parse(text) : text;
      return {
        status: response.status,
        headers: response.headers,
        body: answer,
        as: (schema) => schema.parse(answer),
      };
    },
  };
  onTestFinished(async () => loop.stop());
  return desk;
}
