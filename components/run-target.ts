/** The first line of every run: which world it is about to change. */
import * as pulumi from "@pulumi/pulumi";
import { messageOf } from "../lib/message-of.ts";
import type { AppDesired } from "../compiler/model/desired.ts";
import { assertOneTarget, describeTarget } from "../providers/fly/api/target.ts";

/**
 * Refuses a mix of the local cloud and the real one before any resource exists.
 *
 * @throws {pulumi.RunError} one sentence naming the two sides that don't fit
 */
export function refuseMixedTargets(): void {
  try {
    assertOneTarget(process.env);
  } catch (cause) {
    throw new pulumi.RunError(messageOf(cause));
  }
}

/** Says `target: local cloud 127.0.0.1:4280 personal/acme` or `target: Fly personal/acme`. */
export async function announceTarget(app: AppDesired): Promise<void> {
  await pulumi.log.info(`target: ${describeTarget(process.env)} ${app.organization}/${app.name}`);
}
