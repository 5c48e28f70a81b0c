/** `flotilla local fault add|list|clear|presets`: makes the running local cloud behave as Fly does on a bad day. */
import ky, { HTTPError } from "ky";
import { faultPlan, faultPresets, type CloudInfo } from "../../../local/index.ts";
import { RemoteError, UserError } from "../command-line/failure.ts";
import { runningCloud } from "../../../local-up/cloud-api.ts";
import { localWorld } from "../../../local-up/state-folder.ts";
import { formatTable } from "../output/table.ts";

export interface FaultFlags {
  readonly method?: string;
  readonly path?: string;
  readonly times?: number;
  readonly skip?: number;
  readonly rate?: number;
  readonly seed?: number;
  readonly ms?: number;
  readonly state?: string;
}

interface ListedFault {
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

/** @param what a preset's name, `plan:SEED`, or a whole rule as JSON */
export async function runFaultAdd(what: string, flags: FaultFlags): Promise<void> {
  const { state, ...narrowed } = flags;
  const rules = await rulesOf(what, narrowed);
  const info = await runningCloud(localWorld(state));
  for (const rule of rules) {
    const { id } = await ask<{ id: string }>(info, "post", "/_local/faults", rule);
    console.log(`${id}  ${JSON.stringify(rule)}`);
  }
  if (rules.length === 0) console.log("this plan has no faults");
}

export async function runFaultList(json: boolean, state?: string): Promise<void> {
  const info = await runningCloud(localWorld(state));
  const { faults } = await ask<{ faults: readonly ListedFault[] }>(info, "get", "/_local/faults");
  if (json) {
    console.log(JSON.stringify({ faults }, null, 2));
    return;
  }
  const rows = faults.map((fault) => [
    fault.id,
    fault.preset ?? fault.effect ?? `${fault.when ?? ""} ${JSON.stringify(fault.action)}`,
    fault.method,
    fault.path,
    `${fault.hits}${fault.times === undefined ? "" : `/${fault.times}`}`,
  ]);
  console.log(formatTable([["id", "fault", "method", "path", "strikes"], ...rows]));
}

export async function runFaultClear(id: string | undefined, state?: string): Promise<void> {
  const info = await runningCloud(localWorld(state));
  const path = id === undefined ? "/_local/faults" : `/_local/faults/${encodeURIComponent(id)}`;
  const { cleared } = await ask<{ cleared: number }>(info, "delete", path);
  console.log(cleared === 1 ? "1 fault cleared" : `${cleared} faults cleared`);
}

export async function runFaultPresets(): Promise<void> {
  console.log(formatTable((await faultPresets()).map(({ name, about }) => [name, about])));
}

async function rulesOf(what: string, flags: Omit<FaultFlags, "state">): Promise<readonly object[]> {
  if (what.startsWith("{")) {
    try {
      return [{ ...(JSON.parse(what) as object), ...flags }];
    } catch (cause) {
      throw new UserError(`the rule isn't JSON: ${String(cause)}`, { cause });
    }
  }
  const plan = /^plan:(\d+)$/.exec(what);
  if (plan) return faultPlan(Number(plan[1]));
  const presets = await faultPresets();
  if (presets.some(({ name }) => name === what)) return [{ preset: what, ...flags }];
  const known = presets.map(({ name }) => name).join(", ");
  throw new UserError(
    `no fault is called ${what}; there are: ${known}, plan:SEED, or a rule as JSON`,
  );
}

async function ask<T>(
  info: CloudInfo,
  method: "get" | "post" | "delete",
  path: string,
  json?: object,
): Promise<T> {
  try {
    return await ky(`${info.fly}${path}`, {
      method,
      headers: { authorization: `Bearer ${info.tokens.fly}` },
      ...(json && { json }),
    }).json<T>();
  } catch (cause) {
    if (cause instanceof HTTPError && cause.response.status < 500) {
      const { error } = (cause.data ?? {}) as { error?: string };
      throw new UserError(`the local cloud refuses: ${error ?? cause.message}`, { cause });
    }
    throw new RemoteError(`the local cloud at ${info.fly} doesn't answer: ${String(cause)}`, {
      cause,
    });
  }
}
