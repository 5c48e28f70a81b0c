/** The faults that Fly's users meet, by name. Texts are Fly's own, as clients match on them. */

/** What only the API itself can do wrong; each is looked for at the route it belongs to. */
export const EFFECTS = [
  "create-stuck",
  "create-invisible",
  "name-conflict",
  "volume-host-full",
  "update-reverts",
  "slow-start",
  "lease-leaked",
  "host-unreachable",
  "host-returns-old",
  "lagging-list",
] as const;

export type Effect = (typeof EFFECTS)[number];

interface Answer {
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
  readonly effect: Effect;
  readonly method: string;
  readonly path: string;
  readonly ms?: number;
}

export interface Preset {
  /** One line for people. */
  readonly about: string;
  readonly fault: Answer | EffectRule;
}

const WRITES = "POST,PUT,PATCH,DELETE";
const ANYTHING = "^/v1/";
const CREATE = "/machines$";
const MACHINE = "/machines/[0-9a-f]{14}$";
/** Create, update and start: the calls that boot. */
const BOOTS = "/machines(/[0-9a-f]{14}(/start)?)?$";

export const PRESET_NAMES = [
  "timeout-before",
  "timeout-after",
  "reset-before",
  "reset-after",
  "error-before",
  "error-after",
  "rate-limited",
  "rate-limited-silent",
  "lease-held",
  "capacity",
  "concurrent-update",
  "stale-metadata",
  "quota",
  ...EFFECTS,
] as const;

export type PresetName = (typeof PRESET_NAMES)[number];

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  "timeout-before": {
    about: "408 and nothing was done",
    fault: answer("before", 408, "deadline_exceeded: context deadline exceeded"),
  },
  "timeout-after": {
    about: "408 although it was done",
    fault: answer("after", 408, "deadline_exceeded: context deadline exceeded"),
  },
  "reset-before": {
    about: "the connection is reset, nothing was done",
    fault: { api: "fly", method: WRITES, path: ANYTHING, when: "before", action: "reset" },
  },
  "reset-after": {
    about: "the connection is reset although it was done",
    fault: { api: "fly", method: WRITES, path: ANYTHING, when: "after", action: "reset" },
  },
  "error-before": {
    about: "503 and nothing was done",
    fault: answer("before", 503, "unavailable: deploys to this host are temporarily disabled"),
  },
  "error-after": {
    about: "500 although it was done",
    fault: answer("after", 500, "unknown: internal server error"),
  },
  "rate-limited": {
    about: "429 with Retry-After: 2",
    fault: answer("before", 429, "rate limit exceeded", { headers: { "retry-after": "2" } }),
  },
  "rate-limited-silent": {
    about: "429 that doesn't say when to come back",
    fault: answer("before", 429, "rate limit exceeded"),
  },
  "lease-held": {
    about: "409: someone else holds the lease, for this one call",
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
      { method: "POST", path: BOOTS, status: "insufficient_capacity" },
    ),
  },
  "concurrent-update": {
    about: "409: someone else updates the Machine at the same moment",
    fault: answer("before", 409, "aborted: machine update failed due to concurrent update", {
      method: "POST",
      path: MACHINE,
    }),
  },
  "stale-metadata": {
    about: "412: metadata of another version",
    fault: answer("before", 412, "failed_precondition: machine_version mismatch", {
      method: "PATCH,PUT",
      path: "/metadata$",
    }),
  },
  quota: {
    about: "403: the organization's quota in the region",
    fault: answer(
      "before",
      403,
      'organization "personal" is using 204800 MB of memory in iad which is over the allowed quota. please consider other regions',
      { method: "POST", path: CREATE },
    ),
  },
  "create-stuck": {
    about: "a new Machine stays in `created` and never starts by itself",
    fault: { effect: "create-stuck", method: "POST", path: CREATE },
  },
  "create-invisible": {
    about: "reads answer 404 for a new Machine, and lists lack it, for 3 s",
    fault: { effect: "create-invisible", method: "POST", path: CREATE, ms: 3_000 },
  },
  "name-conflict": {
    about: "409 name violation by the very Machine that this call made",
    fault: { effect: "name-conflict", method: "POST", path: CREATE },
  },
  "volume-host-full": {
    about: "412: the host of the volume to be mounted is full",
    fault: { effect: "volume-host-full", method: "POST", path: CREATE },
  },
  "update-reverts": {
    about: "200 for an update, and the Machine is back on its old version, started",
    fault: { effect: "update-reverts", method: "POST", path: MACHINE },
  },
  "slow-start": {
    about: "a boot takes 90 s: longer than any wait",
    fault: { effect: "slow-start", method: "POST", path: BOOTS, ms: 90_000 },
  },
  "lease-leaked": {
    about: "someone took a 60 s lease on the Machine of the call, and died",
    fault: { effect: "lease-leaked", method: "POST", path: "/machines/[0-9a-f]{14}", ms: 60_000 },
  },
  "host-unreachable": {
    about: "the Machine's host can't be reached for 60 s, from this call on",
    fault: {
      effect: "host-unreachable",
      method: WRITES,
      path: "/machines/[0-9a-f]{14}",
      ms: 60_000,
    },
  },
  "host-returns-old": {
    about:
      "as host-unreachable, and the Machine comes back on its version before, destroyed or not",
    fault: {
      effect: "host-returns-old",
      method: WRITES,
      path: "/machines/[0-9a-f]{14}",
      ms: 60_000,
    },
  },
  "lagging-list": {
    about: "a list shows the Machines as they were 5 s ago",
    fault: { effect: "lagging-list", method: "GET", path: CREATE, ms: 5_000 },
  },
};

function answer(
  when: "before" | "after",
  status: number,
  error: string,
  more: { method?: string; path?: string; status?: string; headers?: Record<string, string> } = {},
): Answer {
  return {
    api: "fly",
    method: more.method ?? WRITES,
    path: more.path ?? ANYTHING,
    when,
    action: {
      status,
      body: { error, ...(more.status !== undefined && { status: more.status }) },
      ...(more.headers && { headers: more.headers }),
    },
  };
}
