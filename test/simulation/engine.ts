/**
 * A model of Pulumi's engine and its rules about state: it refreshes, then creates, updates or keeps what the program
 * registers, then deletes what the program no longer registers. The state has the result of a step once the step has
 * ended, and nothing of a step whose process was killed. Source: pulumi/pulumi, pkg/resource/deploy (step.go, step_executor.go).
 */
import type { FlyMethods } from "../../providers/fly/methods.ts";
import { PartialError } from "../../providers/dynamic/partial-error.ts";
import type { Properties } from "../../providers/dynamic/resource-methods.ts";
import type { SimulatedProcess } from "./process.ts";

export interface Registration {
  readonly urn: string;
  readonly type: keyof FlyMethods;
  readonly dependsOn: readonly string[];
  readonly retainOnDelete?: boolean;
  /** Returns the inputs, given the outputs of the dependencies. */
  inputs(outputs: (urn: string) => Properties): Properties;
}

interface Resource {
  readonly type: keyof FlyMethods;
  readonly id: string;
  readonly outputs: Properties;
  readonly dependsOn: readonly string[];
  readonly retainOnDelete: boolean;
}

export interface StackState {
  readonly resources: Map<string, Resource>;
  /** Creates and updates that a killed process had begun, whose results are unknown. */
  readonly pending: Set<string>;
}

export interface Report {
  /** The steps that changed something, e.g. `create iad-0`, in the order in which they ended. */
  readonly done: readonly string[];
  /** Resources that the refresh found gone. */
  readonly gone: readonly string[];
  readonly errors: readonly Error[];
}

/** Number of parallel steps. Pulumi's default is four per processor. */
const parallel = 8;

export function emptyStack(): StackState {
  return { resources: new Map(), pending: new Set() };
}

/** Runs `pulumi up` with `refresh: always`. Never resolves if the process dies. */
export async function up(
  process: SimulatedProcess,
  state: StackState,
  program: readonly Registration[],
): Promise<Report> {
  const gone: string[] = [];
  const done: string[] = [];
  const errors: Error[] = [];

  async function step(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      errors.push(error instanceof Error ? error : new Error(String(error)));
    }
    // Nothing that continues after the death of its process may reach the state.
    if (!process.isAlive()) await new Promise<never>(() => undefined);
  }

  function save(urn: string, resource: Resource | undefined): void {
    if (!process.isAlive()) return;
    if (resource === undefined) state.resources.delete(urn);
    else state.resources.set(urn, resource);
  }

  await Promise.all(
    [...state.resources].map(([urn, resource]) =>
      step(async () => {
        const methods = process.methods[resource.type];
        const { id, props } = await methods.read(resource.id, resource.outputs);
        if (id === undefined) {
          gone.push(urn);
          save(urn, undefined);
        } else save(urn, { ...resource, outputs: props ?? {} });
      }),
    ),
  );
  if (errors.length > 0) return { done, gone, errors };
  // `pulumi cancel` and a refresh drop the pending operations.
  state.pending.clear();

  async function apply(registration: Registration): Promise<void> {
    const { urn, type, dependsOn, retainOnDelete = false } = registration;
    const methods = process.methods[type];
    const outputsOf = (of: string): Properties => state.resources.get(of)?.outputs ?? {};
    const old = state.resources.get(urn);
    const { inputs, failures } = methods.check(old?.outputs ?? {}, registration.inputs(outputsOf));
    if (failures !== undefined) throw new Error(failures.map(({ reason }) => reason).join(" "));
    const kept = { type, dependsOn, retainOnDelete };
    const make = async (): Promise<void> => {
      state.pending.add(urn);
      try {
        const { id, outs } = await methods.create(inputs);
        save(urn, { ...kept, id, outputs: sendable(outs) });
      } catch (error) {
        if (error instanceof PartialError)
          save(urn, { ...kept, id: error.id, outputs: sendable(error.properties) });
        throw error;
      } finally {
        if (process.isAlive()) state.pending.delete(urn);
      }
    };
    if (old === undefined) {
      await make();
      done.push(`create ${urn}`);
      return;
    }
    const diff = methods.diff(old.id, old.outputs, inputs);
    if (!diff.changes) return;
    if ((diff.replaces?.length ?? 0) > 0) {
      await methods.delete(old.id, old.outputs);
      save(urn, undefined);
      await make();
      done.push(`replace ${urn}`);
      return;
    }
    state.pending.add(urn);
    try {
      const { outs } = await methods.update(old.id, old.outputs, inputs);
      save(urn, { ...kept, id: old.id, outputs: sendable(outs) });
    } catch (error) {
      if (error instanceof PartialError)
        save(urn, { ...kept, id: old.id, outputs: sendable(error.properties) });
      throw error;
    } finally {
      if (process.isAlive()) state.pending.delete(urn);
    }
    done.push(`update ${urn}`);
  }

  await inOrder(
    program.map((registration) => ({
      urn: registration.urn,
      after: registration.dependsOn,
      work: () => step(() => apply(registration)),
    })),
    () => errors.length === 0,
  );
  if (errors.length > 0) return { done, gone, errors };

  const registered = new Set(program.map(({ urn }) => urn));
  const leaving = [...state.resources].filter(([urn]) => !registered.has(urn));
  await inOrder(
    leaving.map(([urn, resource]) => ({
      urn,
      after: leaving.filter(([, other]) => other.dependsOn.includes(urn)).map(([other]) => other),
      work: () =>
        step(async () => {
          if (!resource.retainOnDelete)
            await process.methods[resource.type].delete(resource.id, resource.outputs);
          save(urn, undefined);
          done.push(`delete ${urn}`);
        }),
    })),
    () => errors.length === 0,
  );
  return { done, gone, errors };
}

interface Job {
  readonly urn: string;
  readonly after: readonly string[];
  readonly work: () => Promise<void>;
}

/** Runs each job after the jobs it depends on, a limited number at once; begins none once `goOn` returns false. */
async function inOrder(jobs: readonly Job[], goOn: () => boolean): Promise<void> {
  const waiting = new Set(jobs);
  const ended = new Set<string>();
  const running = new Map<Job, Promise<Job>>();
  async function end(job: Job): Promise<Job> {
    await job.work();
    return job;
  }
  for (;;) {
    for (const job of waiting) {
      const isReady = job.after.every(
        (urn) => ended.has(urn) || !jobs.some((other) => other.urn === urn),
      );
      if (!isReady || running.size >= parallel || !goOn()) continue;
      waiting.delete(job);
      running.set(job, end(job));
    }
    if (running.size === 0) return;
    const first = await Promise.race(running.values());
    running.delete(first);
    ended.add(first.urn);
  }
}

/** Asserts that a value is plain JSON, as the real engine requires: an `undefined` in it would hang it. */
function sendable(outputs: Properties): Properties {
  const copy = JSON.parse(JSON.stringify(outputs)) as Properties;
  assertSame(outputs, copy);
  return copy;
}

function assertSame(value: unknown, copy: unknown): void {
  if (typeof value !== "object" || value === null) {
    if (!Object.is(value, copy))
      throw new Error(`Outputs hold ${String(value)}, which is no JSON.`);
    return;
  }
  for (const [key, member] of Object.entries(value))
    assertSame(member, (copy as Record<string, unknown>)[key]);
}
