import { z } from "zod";
import { instant, shapes } from "./shapes.ts";

export const auditEntrySchema = z
  .strictObject({
    seq: z.int(),
    at: instant,
    /** Name of the token; `controller` for what the controller does by itself, `command` for a command on the state folder. */
    actor: z.string(),
    action: z.string(),
    target: z.string(),
    reason: z.string().optional(),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
    /** `begun`: a later entry of the same request has the result. `tried`: a dry run. */
    result: z.enum(["begun", "done", "tried", "refused", "failed"]),
    /** Why it was refused or failed. */
    detail: z.string().optional(),
    /** The same for all entries of one request. */
    request: z.string(),
  })
  .register(shapes, { id: "AuditEntry", description: "Who did what, with which result" });
export type AuditEntry = z.infer<typeof auditEntrySchema>;

export const auditListSchema = z
  .strictObject({
    entries: z.array(auditEntrySchema),
    /** `after` of the next page; absent on the last page. */
    next: z.int().optional(),
  })
  .register(shapes, { id: "AuditList" });
