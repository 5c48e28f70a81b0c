/**
 * Where Pulumi's dynamic provider enters. FROZEN PATH AND NAMES: the state of every key made so far points here.
 * It is loaded by `require`, so nothing in its import graph may have a top-level await.
 */
export { certificate } from "./certificate-request.ts";
export { nkeys } from "./nkeys.ts";
export { passwords } from "./passwords.ts";
