/** Checks the records that only the store knows; the others are the API's shapes, in `model/`. */
import { z } from "zod";
import type { FollowedCommit, IdempotencyRecord, StoredDecision } from "./store.ts";

/** A request with an idempotency key, as it is stored. */
export const idempotencySchema: z.ZodType<IdempotencyRecord> = z.strictObject({
  actor: z.string(),
  key: z.string(),
  request: z.string(),
  at: z.string(),
  answer: z
    .strictObject({
      status: z.int(),
      headers: z.record(z.string(), z.string()),
      body: z.string(),
    })
    .exactOptional(),
});

export const decisionSchema: z.ZodType<StoredDecision> = z.strictObject({
  service: z.string(),
  region: z.string(),
  at: z.string(),
  count: z.int().optional(),
  reason: z.string(),
  valid_until: z.string().optional(),
  inputs: z.unknown(),
  state: z.unknown(),
});

export const followedSchema: z.ZodType<FollowedCommit> = z.strictObject({
  commit: z.string(),
  at: z.string(),
});
