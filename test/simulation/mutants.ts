/** Mutants: the provider without one of its rules. The simulation must notice each of them. */
import { FlyError } from "../../providers/fly/api/errors.ts";
import type { Fly } from "../../providers/fly/api/client.ts";
import type { ResourceMethods } from "../../providers/dynamic/resource-methods.ts";
import type { FlyMethods } from "../../providers/fly/methods.ts";
import { PartialError } from "../../providers/dynamic/partial-error.ts";
import type { Mutation } from "./process.ts";

/**
 * No adoption: a Machine that the run didn't create and the state doesn't know counts as foreign, since the metadata
 * that names its owner is hidden.
 */
const noAdoption: Mutation = {
  fly: (fly) =>
    wrapCall(fly, async (call) => {
      const answer = await call();
      for (const machine of Array.isArray(answer) ? answer : [answer]) hideOwner(machine);
      return answer;
    }),
};

/** No handling of conflicts: a 409 is an ordinary refusal. */
const noConflictHandling: Mutation = {
  fly: (fly) =>
    wrapCall(fly, async (call) => {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof FlyError) || error.status !== 409) throw error;
        throw new FlyError({ ...error.details, status: 400, detail: "refused" });
      }
    }),
};

/** No partial errors: every failure is a plain error, so that the state doesn't know what was created. */
const nothingReturned: Mutation = {
  methods: (methods) =>
    Object.fromEntries(
      Object.entries(methods).map(([type, own]) => [
        type,
        {
          ...own,
          create: (inputs) => plainly(own.create(inputs)),
          update: (id, olds, news) => plainly(own.update(id, olds, news)),
        } satisfies ResourceMethods,
      ]),
    ) as FlyMethods,
};

/** `seed`: one that shows it, tried before all others. */
export const mutants = {
  "adoption removed": { mutation: noAdoption, seed: 6 },
  "conflict handling removed": { mutation: noConflictHandling, seed: 69 },
  "what was made isn't returned": { mutation: nothingReturned, seed: 60 },
} as const;

function wrapCall(fly: Fly, around: (call: () => Promise<unknown>) => Promise<unknown>): Fly {
  return {
    ...fly,
    call: (request) =>
      around(() => fly.call(request)) as ReturnType<typeof fly.call<typeof request.response>>,
  };
}

function hideOwner(machine: unknown): void {
  const { config } = (machine ?? {}) as { config?: { metadata?: Record<string, string> } };
  if (config?.metadata !== undefined) delete config.metadata["managed_by"];
}

async function plainly<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PartialError) throw new Error(error.message, { cause: error });
    throw error;
  }
}
