/** Calls to a local cloud that runs in another process. */
import ky, { HTTPError } from "ky";
import type { Options } from "ky";
import { messageOf } from "../lib/message-of.ts";
import { readCloud } from "../local/index.ts";
import type { CloudInfo, CloudStatus } from "../local/index.ts";
import { LocalUpError } from "./failure.ts";
import type { StateFolder } from "./state-folder.ts";

/** @throws {LocalUpError} when no local cloud runs on the state folder */
export async function requireCloud(folder: StateFolder): Promise<CloudInfo> {
  const cloud = await readCloud(folder.cloudDir);
  if (cloud === undefined)
    throw new LocalUpError(2, "the local cloud isn't running: `npx flotilla local up` starts it");
  return cloud;
}

/**
 * Calls the cloud's Fly API, or its own routes below `/_local`.
 *
 * @throws {LocalUpError} when the cloud refuses the call or doesn't answer
 */
export async function callCloud<T>(
  cloud: CloudInfo,
  method: "get" | "post" | "delete",
  path: string,
  options: Options = {},
): Promise<T> {
  try {
    const headers = { authorization: `Bearer ${cloud.tokens.fly}` };
    return await ky(`${cloud.fly}${path}`, { ...options, method, headers }).json<T>();
  } catch (cause) {
    if (cause instanceof HTTPError && cause.response.status < 500) {
      const { error } = (cause.data ?? {}) as { error?: string };
      throw new LocalUpError(2, `the local cloud refuses: ${error ?? cause.message}`, { cause });
    }
    throw new LocalUpError(
      3,
      `the local cloud at ${cloud.fly} doesn't answer: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** @throws {LocalUpError} when no local cloud runs, or it doesn't answer */
export async function readCloudStatus(folder: StateFolder): Promise<CloudStatus> {
  return callCloud<CloudStatus>(await requireCloud(folder), "get", "/_local/status");
}

/**
 * Destroys the Machine of a host behind Pulumi's back, and resolves when the Machine is gone.
 *
 * @param name of the host, e.g. `iad-0`
 * @throws {LocalUpError} when there is no such host
 */
export async function killHost(
  folder: StateFolder,
  name: string,
): Promise<{ readonly id: string; readonly region: string }> {
  const { info, machines } = await readCloudStatus(folder);
  const machine = machines.find((candidate) => candidate.name === name);
  if (machine === undefined) {
    const known = machines.map((candidate) => candidate.name).join(", ") || "none";
    throw new LocalUpError(2, `no host is called ${name}; the hosts are: ${known}`);
  }
  const path = `/v1/apps/${machine.app}/machines/${machine.id}`;
  await callCloud(info, "delete", `${path}?force=true`);
  // Fly answers the delete before its end: the Machine is `destroying` until it is gone.
  await callCloud(info, "get", `${path}/wait?state=destroyed&timeout=60`, { timeout: 70_000 });
  return { id: machine.id, region: machine.region };
}
