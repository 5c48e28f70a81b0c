/**
 * Effects: what the emulated Fly API itself does wrong on a bad day, beyond a wrong answer. One row of the table per effect:
 * which calls it strikes by default, at which point of a Machine's life, and what it changes there. The emulator asks once
 * per point (`applyFault`) and acts on the changes; nothing else in it knows that faults exist.
 */

/** Points at which the emulator asks for changes. */
export type FaultPoint =
  /** A call about a Machine that exists arrived; nothing has been done yet. */
  | "call"
  /** A host is chosen for a new Machine. */
  | "placement"
  /** A new Machine passed all checks and is about to be created. */
  | "create"
  /** An update passed all checks and is about to be applied. */
  | "update"
  | "start"
  | "list";

/** What an effect needs to know about the call. */
export interface FaultFacts {
  /** Whether someone holds the Machine's lease. */
  readonly isLeased?: boolean;
  readonly isHostUnreachable?: boolean;
  /** Whether the new Machine mounts a volume. */
  readonly mountsVolume?: boolean;
}

/** What the effects that struck change. Times are milliseconds of the cloud's clock. */
export interface FaultChanges {
  /** Someone else holds the Machine's lease for so long. */
  readonly leaseHeldMs?: number;
  /** The Machine's host can't be reached for so long. */
  readonly hostOutage?: {
    readonly ms: number;
    /** The Machine comes back on its version before, even when it was destroyed meanwhile. */
    readonly returnsOld: boolean;
  };
  readonly isHostFull?: true;
  /** The Machine stays in `created` until it is started, updated or destroyed. */
  readonly isStuck?: true;
  /** Reads don't see the new Machine for so long. */
  readonly invisibleMs?: number;
  /** The next boot takes so much longer. */
  readonly bootDelayMs?: number;
  /** The create answers that its own Machine's name is taken. */
  readonly isNameConflict?: true;
  /** The update doesn't hold: the Machine goes back to the version before. */
  readonly reverts?: true;
  /** The list shows the Machines as they were so long ago. */
  readonly listLagMs?: number;
}

export interface EffectPreset {
  /** One line for people. */
  readonly about: string;
  /** Methods that it strikes unless a rule names others, separated by commas. */
  readonly method: string;
  /** Source of a regular expression for the path, unless a rule has its own. */
  readonly path: string;
  /** How long it lasts unless a rule says otherwise; absent for an effect without duration. */
  readonly ms?: number;
  readonly points: readonly FaultPoint[];
  /** Whether it can strike this call at all; a call that it can't strike doesn't count. Default: any call. */
  readonly canStrike?: (facts: FaultFacts, changes: FaultChanges) => boolean;
  readonly changes: (ms: number) => FaultChanges;
}

const WRITES = "POST,PUT,PATCH,DELETE";
export const CREATE_PATH = "/machines$";
const MACHINE_PATH = "/machines/[0-9a-f]{14}";
export const UPDATE_PATH = `${MACHINE_PATH}$`;
/** Create, update and start: the calls that boot. */
export const BOOT_PATH = "/machines(/[0-9a-f]{14}(/start)?)?$";

const TABLE = {
  "create-stuck": {
    about: "a new Machine stays in `created` and never starts by itself",
    method: "POST",
    path: CREATE_PATH,
    points: ["create"],
    changes: () => ({ isStuck: true }),
  },
  "create-invisible": {
    about: "reads answer 404 for a new Machine, and lists lack it, for 3 s",
    method: "POST",
    path: CREATE_PATH,
    ms: 3_000,
    points: ["create"],
    changes: (ms) => ({ invisibleMs: ms }),
  },
  "name-conflict": {
    about: "409 name violation by the very Machine that this call created",
    method: "POST",
    path: CREATE_PATH,
    points: ["create"],
    changes: () => ({ isNameConflict: true }),
  },
  "volume-host-full": {
    about: "412: the host of the volume to be mounted is full",
    method: "POST",
    path: CREATE_PATH,
    points: ["placement"],
    canStrike: ({ mountsVolume }) => mountsVolume === true,
    changes: () => ({ isHostFull: true }),
  },
  "update-reverts": {
    about: "200 for an update, but the Machine goes back to its old version and starts that",
    method: "POST",
    path: UPDATE_PATH,
    points: ["update"],
    changes: () => ({ reverts: true }),
  },
  "slow-start": {
    about: "a boot takes 90 s: longer than any wait",
    method: "POST",
    path: BOOT_PATH,
    ms: 90_000,
    points: ["create", "update", "start"],
    changes: (ms) => ({ bootDelayMs: ms }),
  },
  "lease-leaked": {
    about: "another client took a 60 s lease on the Machine of the call and crashed",
    method: "POST",
    path: MACHINE_PATH,
    ms: 60_000,
    points: ["call"],
    canStrike: ({ isLeased }) => isLeased !== true,
    changes: (ms) => ({ leaseHeldMs: ms }),
  },
  "host-unreachable": {
    about: "the Machine's host is unreachable for 60 s, from this call on",
    method: WRITES,
    path: MACHINE_PATH,
    ms: 60_000,
    points: ["call"],
    canStrike: ({ isHostUnreachable }) => isHostUnreachable !== true,
    changes: (ms) => ({ hostOutage: { ms, returnsOld: false } }),
  },
  "host-returns-old": {
    about:
      "as host-unreachable, and the Machine comes back on its previous version, even if it was destroyed",
    method: WRITES,
    path: MACHINE_PATH,
    ms: 60_000,
    points: ["call"],
    canStrike: ({ isHostUnreachable }, { hostOutage }) =>
      isHostUnreachable !== true && hostOutage === undefined,
    changes: (ms) => ({ hostOutage: { ms, returnsOld: true } }),
  },
  "lagging-list": {
    about: "a list shows the Machines as they were 5 s ago",
    method: "GET",
    path: CREATE_PATH,
    ms: 5_000,
    points: ["list"],
    changes: (ms) => ({ listLagMs: ms }),
  },
} as const satisfies Readonly<Record<string, EffectPreset>>;

export type EffectName = keyof typeof TABLE;

export const EFFECTS: Readonly<Record<EffectName, EffectPreset>> = TABLE;

/** In the order of the table, which the plans by seed depend on. */
export const EFFECT_NAMES = Object.keys(TABLE) as readonly EffectName[] as readonly [
  EffectName,
  ...EffectName[],
];
