/**
 * The rules by which the local cloud's APIs fail: a rule says which calls fail, how, and whether the API acts first. "After"
 * matters most: the API did what it was asked, and the client never learns. An effect goes further: the API itself behaves as
 * Fly does on a bad day (`effects.ts`). Presets (`presets.ts`) name the usual rules.
 */
import { z } from "zod";
import type { ApiName } from "../http/call-log.ts";
import { EFFECT_NAMES, type EffectName } from "./effects.ts";
import { PRESET_NAMES, presetOf } from "./presets.ts";
import { createRandom, type Random } from "../machines/random.ts";

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

/** Which of the calls that a rule matches it strikes. */
const timing = {
  /** Most strikes; without limit when absent. */
  times: z.int().min(1).optional(),
  /** The first so many matching calls pass. */
  skip: z.int().min(0).optional(),
  /** Share of the matching calls that are struck, drawn from `seed`. Default: all. */
  rate: z.number().min(0).max(1).optional(),
  /** Default: 1. */
  seed: z.int().optional(),
};

const answerSchema = z.strictObject({
  /** Both APIs when absent. */
  api: z.enum(["fly", "cloudflare"]).optional(),
  /** One method, several (`POST,PUT`), or `*`. */
  method: z.string(),
  /** Source of a regular expression, tried on the path without the query. */
  path: z.string(),
  /** `before`: the API never sees the call. `after`: it acts, and its answer is lost. */
  when: z.enum(["before", "after"]),
  action: actionSchema,
  ...timing,
});

const effectSchema = z.strictObject({
  effect: z.enum(EFFECT_NAMES),
  method: z.string(),
  path: z.string(),
  /** How long the effect lasts, in milliseconds of the cloud's clock. Default: the effect's own. */
  ms: z.int().min(0).optional(),
  ...timing,
});

const presetSchema = z.strictObject({
  preset: z.enum(PRESET_NAMES),
  /** `method`, `path` and `ms` replace the preset's own. */
  method: z.string().optional(),
  path: z.string().optional(),
  ms: z.int().min(0).optional(),
  ...timing,
});

export const faultSchema = z.union([presetSchema, effectSchema, answerSchema]);

export type Fault = z.infer<typeof faultSchema>;
type AnswerFault = z.infer<typeof answerSchema>;
type EffectFault = z.infer<typeof effectSchema>;
type FaultAction = z.infer<typeof actionSchema>;

export interface FaultHit {
  readonly action: FaultAction;
  /** Resolves when the rule is removed. */
  readonly removed: Promise<void>;
}

export interface FaultCall {
  readonly api: ApiName;
  readonly method: string;
  readonly path: string;
}

/** An active rule; a preset is listed with the rule it stands for. */
export type ActiveFault = (AnswerFault | EffectFault) & {
  readonly id: string;
  readonly preset?: string | undefined;
  readonly hits: number;
};

export interface Faults {
  /** @throws a SyntaxError when `path` isn't a regular expression */
  add(fault: Fault): { readonly id: string };
  list(): readonly ActiveFault[];
  /** Whether there are no rules: the emulator's common case, which costs nothing. */
  isEmpty(): boolean;
  /** Removes the rule with that id, or all rules; returns how many. */
  clear(id?: string): number;
  /** Returns the rule whose answer this call gets, and counts a hit. */
  strike(call: FaultCall & { readonly when: AnswerFault["when"] }): FaultHit | undefined;
  /** Returns the duration that the rule gives (or undefined in it) when the effect strikes this call, and counts a hit. */
  strikeEffect(
    call: FaultCall,
    effect: EffectName,
  ): { readonly ms: number | undefined } | undefined;
}

interface ArmedFault {
  readonly id: string;
  readonly preset: string | undefined;
  readonly fault: AnswerFault | EffectFault;
  readonly methods: ReadonlySet<string>;
  readonly pattern: RegExp;
  readonly random: Random;
  readonly removed: PromiseWithResolvers<void>;
  seen: number;
  hits: number;
}

export function createFaults(): Faults {
  let rules: ArmedFault[] = [];
  let made = 0;

  function hit(
    call: FaultCall,
    wanted: (fault: ArmedFault["fault"]) => boolean,
  ): ArmedFault | undefined {
    return rules.find((rule) => {
      const { fault } = rule;
      const matches =
        wanted(fault) &&
        (("api" in fault ? fault.api : undefined) ?? call.api) === call.api &&
        (rule.methods.has("*") || rule.methods.has(call.method)) &&
        rule.hits < (fault.times ?? Infinity) &&
        rule.pattern.test(call.path);
      if (!matches) return false;
      rule.seen += 1;
      const strikes =
        rule.seen > (fault.skip ?? 0) && (fault.rate === undefined || rule.random() < fault.rate);
      if (strikes) rule.hits += 1;
      return strikes;
    });
  }

  return {
    add(given) {
      made += 1;
      const id = `fault-${made}`;
      const preset = "preset" in given ? given.preset : undefined;
      const fault = "preset" in given ? expand(given) : given;
      rules.push({
        id,
        preset,
        fault,
        methods: new Set(fault.method.split(",")),
        pattern: new RegExp(fault.path),
        random: createRandom(fault.seed ?? 1),
        removed: Promise.withResolvers<void>(),
        seen: 0,
        hits: 0,
      });
      return { id };
    },
    list: () =>
      rules.map(({ id, preset, fault, hits }) => ({
        id,
        ...(preset !== undefined && { preset }),
        ...fault,
        hits,
      })),
    isEmpty: () => rules.length === 0,
    clear(id) {
      const cleared = rules.filter((rule) => id === undefined || rule.id === id);
      rules = rules.filter((rule) => !cleared.includes(rule));
      for (const rule of cleared) rule.removed.resolve();
      return cleared.length;
    },
    strike({ when, ...call }) {
      const rule = hit(call, (fault) => "action" in fault && fault.when === when);
      if (rule === undefined || !("action" in rule.fault)) return undefined;
      return { action: rule.fault.action, removed: rule.removed.promise };
    },
    strikeEffect(call, effect) {
      const rule = hit(call, (fault) => "effect" in fault && fault.effect === effect);
      return rule && "effect" in rule.fault ? { ms: rule.fault.ms } : undefined;
    },
  };
}

/** Returns the rule that a preset stands for, narrowed as the caller asks. */
function expand(given: z.infer<typeof presetSchema>): AnswerFault | EffectFault {
  const { preset, ms, method, path, ...when } = given;
  const meant = presetOf(preset).fault;
  const fault = { ...meant, ...when, method: method ?? meant.method, path: path ?? meant.path };
  return "effect" in fault && ms !== undefined ? { ...fault, ms } : fault;
}
