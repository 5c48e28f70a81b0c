/** The local cloud that runs, or one clear sentence. */
import ky from "ky";
import { readCloud, type CloudInfo, type CloudStatus } from "../local/index.ts";
import { RemoteError, UserError } from "../clients/cli/command-line/failure.ts";
import type { LocalWorld } from "./state-folder.ts";

/** @throws {UserError} when none runs */
export async function runningCloud(world: LocalWorld): Promise<CloudInfo> {
  const info = await readCloud(world.cloudDir);
  if (!info)
    throw new UserError("the local cloud isn't running: `npx flotilla local up` starts it");
  return info;
}

export async function cloudStatus(info: CloudInfo): Promise<CloudStatus> {
  try {
    return await ky
      .get(`${info.fly}/_local/status`, { headers: { authorization: `Bearer ${info.tokens.fly}` } })
      .json<CloudStatus>();
  } catch (cause) {
    throw new RemoteError(`the local cloud at ${info.fly} doesn't answer: ${String(cause)}`, {
      cause,
    });
  }
}
