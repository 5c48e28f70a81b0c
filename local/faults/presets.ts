/** The faults that Fly's users meet, by name. Texts of answers are Fly's own, as clients match on them. */
import {
  BOOT_PATH,
  CREATE_PATH,
  EFFECT_NAMES,
  EFFECTS,
  UPDATE_PATH,
  type EffectName,
} from "./effects.ts";

export interface Preset {
  /** One line for people. */
  readonly about: string;
  readonly fault: AnswerRule | EffectRule;
}

interface AnswerRule {
  readonly api: "fly";
  readonly method: string;
  readonly path: string;
  readonly when: "before" | "after";
  readonly action:
    | "reset"
    | {
        readonly status: number;
        readonly body: unknown;
        readonly headers?: Record<string, string>;
      };
}

interface EffectRule {
  readonly effect: EffectName;
  readonly method: string;
  readonly path: string;
  readonly ms?: number;
}

const WRITES = "POST,PUT,PATCH,DELETE";
/** The path of the presets that fit any write; a plan narrows it. */
export const ANY_PATH = "^/v1/";

const ANSWERS = {
  "timeout-before": {
    about: "408, and nothing was done",
    fault: answer("before", 408, "deadline_exceeded: context deadline exceeded"),
  },
  "timeout-after": {
    about: "408, although it was done",
    fault: answer("after", 408, "deadline_exceeded: context deadline exceeded"),
  },
  "reset-before": {
    about: "the connection is reset, and nothing was done",
    fault: { api: "fly", method: WRITES, path: ANY_PATH, when: "before", action: "reset" },
  },
  "reset-after": {
    about: "the connection is reset, although it was done",
    fault: { api: "fly", method: WRITES, path: ANY_PATH, when: "after", action: "reset" },
  },
  "error-before": {
    about: "503, and nothing was done",
    fault: answer("before", 503, "unavailable: deploys to this host are temporarily disabled"),
  },
  "error-after": {
    about: "500, although it was done",
    fault: answer("after", 500, "unknown: internal server error"),
  },
  "rate-limited": {
    about: "429 with Retry-After: 2",
    fault: answer("before", 429, "rate limit exceeded", { headers: { "retry-after": "2" } }),
  },
  "rate-limited-silent": {
    about: "429 without Retry-After",
    fault: answer("before", 429, "rate limit exceeded"),
  },
  "lease-held": {
    about: "409: another client holds the lease, for this one call",
    fault: answer(
      "before",
      409,
      "aborted: machine lease currently held by someone-else@tokens.fly.io, expires at 2026-01-01T00:00:05Z",
      { method: "POST", path: "/lease$" },
    ),
  },
  capacity: {
    about: "409: the host or region has no room",
    fault: answer(
      "before",
      409,
      "aborted: could not reserve resource for machine: insufficient memory available to fulfill request",
      { method: "POST", path: BOOT_PATH, status: "insufficient_capacity" },
    ),
  },
  "concurrent-update": {
    about: "409: another client updates the Machine at the same moment",
    fault: answer("before", 409, "aborted: machine update failed due to concurrent update", {
      method: "POST",
      path: UPDATE_PATH,
    }),
  },
  "stale-metadata": {
    about: "412: the metadata is of another version",
    fault: answer("before", 412, "failed_precondition: machine_version mismatch", {
      method: "PATCH,PUT",
      path: "/metadata$",
    }),
  },
  quota: {
    about: "403: the organization is over its quota in the region",
    fault: answer(
      "before",
      403,
      'organization "personal" is using 204800 MB of memory in iad which is over the allowed quota. please consider other regions',
      { method: "POST", path: CREATE_PATH },
    ),
  },
} as const satisfies Readonly<Record<string, Preset>>;

const ANSWER_NAMES = Object.keys(ANSWERS) as readonly (keyof typeof ANSWERS)[];

export type PresetName = keyof typeof ANSWERS | EffectName;

/** Answers first: the plans by seed depend on the order. */
export const PRESET_NAMES: readonly PresetName[] = [...ANSWER_NAMES, ...EFFECT_NAMES];

export function presetOf(name: PresetName): Preset {
  return isEffect(name) ? effectPreset(name) : ANSWERS[name];
}

function isEffect(name: PresetName): name is EffectName {
  return Object.hasOwn(EFFECTS, name);
}

function effectPreset(effect: EffectName): Preset {
  const { about, method, path, ms } = EFFECTS[effect];
  return { about, fault: { effect, method, path, ...(ms !== undefined && { ms }) } };
}

function answer(
  when: "before" | "after",
  status: number,
  error: string,
  more: { method?: string; path?: string; status?: string; headers?: Record<string, string> } = {},
): Preset["fault"] {
  return {
    api: "fly",
    method: more.method ?? WRITES,
    path: more.path ?? ANY_PATH,
    when,
    action: {
      status,
      body: { error, ...(more.status !== undefined && { status: more.status }) },
      ...(more.headers && { headers: more.headers }),
    },
  };
}
