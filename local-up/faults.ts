/** Faults of the running local cloud: it behaves as Fly does on a bad day. */
import { messageOf } from "../lib/message-of.ts";
import { faultPlan, faultPresets } from "../local/index.ts";
import { callCloud, requireCloud } from "./cloud-api.ts";
import { LocalUpError } from "./failure.ts";
import type { StateFolder } from "./state-folder.ts";

/** Values that replace the preset's or the rule's own. */
export interface FaultOverrides {
  readonly method?: string;
  readonly path?: string;
  readonly times?: number;
  readonly skip?: number;
  readonly rate?: number;
  readonly seed?: number;
  readonly ms?: number;
}

/** One rule in the answer of `GET /_local/faults`. */
export interface ListedFault {
  readonly id: string;
  readonly preset?: string;
  readonly effect?: string;
  readonly when?: string;
  readonly action?: unknown;
  readonly method: string;
  readonly path: string;
  readonly hits: number;
  readonly times?: number;
}

/**
 * Adds one fault, or all faults of a plan.
 *
 * @param fault a preset's name, `plan:SEED`, or a rule as JSON
 * @returns the added rules with their ids; empty when the plan of that seed has none
 * @throws {LocalUpError} when there is no such fault, or the cloud refuses the rule
 */
export async function addFaults(
  folder: StateFolder,
  fault: string,
  overrides: FaultOverrides,
): Promise<{ readonly id: string; readonly rule: object }[]> {
  const rules = await rulesOf(fault, overrides);
  const cloud = await requireCloud(folder);
  const added = [];
  for (const rule of rules) {
    const { id } = await callCloud<{ id: string }>(cloud, "post", "/_local/faults", { json: rule });
    added.push({ id, rule });
  }
  return added;
}

export async function listFaults(folder: StateFolder): Promise<readonly ListedFault[]> {
  const cloud = await requireCloud(folder);
  const answer = await callCloud<{ faults: readonly ListedFault[] }>(
    cloud,
    "get",
    "/_local/faults",
  );
  return answer.faults;
}

/**
 * Removes one fault, or all without `id`.
 *
 * @returns how many were removed
 */
export async function clearFaults(folder: StateFolder, id: string | undefined): Promise<number> {
  const cloud = await requireCloud(folder);
  const path = id === undefined ? "/_local/faults" : `/_local/faults/${encodeURIComponent(id)}`;
  return (await callCloud<{ cleared: number }>(cloud, "delete", path)).cleared;
}

async function rulesOf(fault: string, overrides: FaultOverrides): Promise<readonly object[]> {
  if (fault.startsWith("{")) {
    try {
      return [{ ...(JSON.parse(fault) as object), ...overrides }];
    } catch (cause) {
      throw new LocalUpError(2, `the rule isn't JSON: ${messageOf(cause)}`, { cause });
    }
  }
  const plan = /^plan:(\d+)$/.exec(fault);
  if (plan) return faultPlan(Number(plan[1]));
  const presets = (await faultPresets()).map(({ name }) => name);
  if (presets.includes(fault)) return [{ preset: fault, ...overrides }];
  throw new LocalUpError(
    2,
    `no fault is called ${fault}; name one of ${presets.join(", ")}, plan:SEED, or a rule as JSON`,
  );
}
