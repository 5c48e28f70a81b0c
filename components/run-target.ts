/** The target of a run: announced in its first line, and refused if the environment mixes two. */
import * as pulumi from "@pulumi/pulumi";
import { messageOf } from "../lib/message-of.ts";
import type { AppDesired } from "../compiler/model/desired.ts";
import { assertOneTarget, describeTarget } from "../providers/fly/api/target.ts";

/**
 * Refuses a mix of the local cloud and real accounts before any resource is registered.
 *
 * @throws {pulumi.RunError} one sentence that names the two sides which don't match
 */
export function refuseMixedTargets(): void {
  try {
    assertOneTarget(process.env);
  } catch (cause) {
    throw new pulumi.RunError(messageOf(cause));
  }
}

/** Logs `target: local cloud 127.0.0.1:4280 personal/acme` or `target: Fly personal/acme`. */
export async function announceTarget(app: AppDesired): Promise<void> {
  await pulumi.log.info(`target: ${describeTarget(process.env)} ${app.organization}/${app.name}`);
}
