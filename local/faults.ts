/**
 * Switchable faults of the local cloud's APIs: a rule says which calls fail, how, and whether the API acts first.
 * "After" is the interesting half: the API did what it was asked, and the client never learns.
 */
import { z } from "zod";
import type { Api } from "./calls.ts";

const actionSchema = z.union([
  /** Keeps the request open until the rule is removed or the client goes away. */
  z.literal("hold"),
  /** Closes the connection without an answer. */
  z.literal("reset"),
  z.strictObject({
    status: z.int().min(200).max(599),
    body: z.unknown(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
]);

export const faultSchema = z.strictObject({
  /** Both APIs when absent. */
  api: z.enum(["fly", "cloudflare"]).optional(),
  method: z.string(),
  /** Source of a regular expression, tried on the path without the query. */
  path: z.string(),
  /** `before`: the API isn't reached. `after`: it acts, and its answer is lost. */
  when: z.enum(["before", "after"]),
  action: actionSchema,
  /** How often it strikes; without limit when absent. */
  times: z.int().min(1).optional(),
});

type Fault = z.infer<typeof faultSchema>;
type FaultAction = z.infer<typeof actionSchema>;

export interface FaultHit {
  readonly action: FaultAction;
  /** Resolves when the rule is removed. */
  readonly removed: Promise<void>;
}

export interface Faults {
  /** Throws a SyntaxError when `path` is no regular expression. */
  add(fault: Fault): { readonly id: string };
  list(): readonly (Fault & { readonly id: string; readonly hits: number })[];
  clear(): void;
  /** The rule that strikes this call, counted as a hit. */
  strike(call: {
    api: Api;
    method: string;
    path: string;
    when: Fault["when"];
  }): FaultHit | undefined;
}

interface Rule {
  readonly id: string;
  readonly fault: Fault;
  readonly pattern: RegExp;
  readonly removed: PromiseWithResolvers<void>;
  hits: number;
}

export function createFaults(): Faults {
  let rules: Rule[] = [];
  let made = 0;
  return {
    add(fault) {
      made += 1;
      const id = `fault-${made}`;
      const pattern = new RegExp(fault.path);
      rules.push({ id, fault, pattern, removed: Promise.withResolvers<void>(), hits: 0 });
      return { id };
    },
    list: () => rules.map((rule) => ({ id: rule.id, ...rule.fault, hits: rule.hits })),
    clear() {
      const cleared = rules;
      rules = [];
      for (const rule of cleared) rule.removed.resolve();
    },
    strike({ api, method, path, when }) {
      const rule = rules.find(
        ({ fault, pattern, hits }) =>
          fault.when === when &&
          (fault.api ?? api) === api &&
          fault.method === method &&
          hits < (fault.times ?? Infinity) &&
          pattern.test(path),
      );
      if (rule === undefined) return undefined;
      rule.hits += 1;
      return { action: rule.fault.action, removed: rule.removed.promise };
    },
  };
}
