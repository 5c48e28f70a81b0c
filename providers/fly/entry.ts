/**
 * Entry point of Pulumi's dynamic provider. FROZEN PATH AND NAMES: the state of every resource refers to them, so this
 * must read every state that an older version wrote. It is loaded by `require`, so nothing in its import graph may have
 * a top-level await.
 */
import { sharedFly } from "./shared-client.ts";
import { createMethods } from "./methods.ts";

export const { app, ipAddress, appSecrets, acmeCertificate, volume, machine } =
  createMethods(sharedFly);
