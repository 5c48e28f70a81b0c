/**
 * Entry point of Pulumi's dynamic provider. FROZEN PATH AND NAMES: the state of every key refers to them.
 * It is loaded by `require`, so nothing in its import graph may have a top-level await.
 */
export { certificate } from "./certificate-request.ts";
export { nkeys } from "./nkeys.ts";
export { passwords } from "./passwords.ts";
