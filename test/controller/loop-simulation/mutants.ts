import type { Mutant } from "../mutant.ts";

/** The loop's rules, each without what makes it right. The simulation must notice every one. */
export const mutants: Readonly<Record<string, Mutant>> = {
  "a commit doesn't wait for the canary": {
    file: "controller/fleet/decide-stacks.ts",
    find: "isLeader && !holds",
    replace: "false",
    seed: 1,
  },
  "a pause of all is overlooked": {
    file: "controller/fleet/decide-stacks.ts",
    find: "facts.pausedAll ??",
    replace: "undefined ??",
    seed: 16,
  },
  "a pause of repair is overlooked": {
    file: "controller/loop/snapshot.ts",
    find: "return pause && describePause(pause)",
    replace: "return undefined",
    seed: 19,
  },
  "a stack has two runs at once": {
    file: "controller/fleet/decide-stacks.ts",
    find: "if (facts.running)",
    replace: "if (facts.stack === null)",
    seed: 1,
  },
  "a run that failed isn't tried again": {
    file: "controller/loop/run-executor.ts",
    find: "at + backoffMs(count, isLocked)",
    replace: "at + 1e9",
  },
  "runs of before a crash go on for ever": {
    file: "controller/loop/run-executor.ts",
    find: "of await store.unfinishedRuns()",
    replace: "of [] as Run[]",
  },
  "a request is answered and forgotten": {
    file: "controller/api/state-routes.ts",
    find: 'stacks.map((stack) => ({ put: "request", stack, why }))',
    replace: "why === null ? stacks.map(() => why) : []",
  },
  "the same key does it again": {
    file: "controller/api/idempotent-mutation.ts",
    find: "known === undefined) return",
    replace: "known?.key !== null) return",
  },
  "a slot's metadata are believed": {
    file: "controller/loop/run-executor.ts",
    find: 'run.cause.kind === "drift"',
    replace: "run.id === null",
  },
  "a configuration written by hand isn't seen": {
    file: "controller/fleet/drift.ts",
    find: "version !== undefined && version !== machine.version",
    replace: "version === null",
  },
  "a cordon isn't seen": {
    file: "controller/fleet/drift.ts",
    find: "machine.cordoned !== shouldCordon",
    replace: "shouldCordon === null",
  },
};
