/**
 * Where Pulumi's dynamic provider enters. FROZEN PATH AND NAMES: the state of every resource made so far points
 * here, so this must read all state that older versions wrote. It is loaded by `require`, so nothing in its import
 * graph may have a top-level await.
 */
import { sharedFly } from "./shared-client.ts";
import { createMethods } from "./methods.ts";

export const { app, ipAddress, appSecrets, acmeCertificate, volume, machine } =
  createMethods(sharedFly);
