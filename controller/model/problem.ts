import { z } from "zod";
import { count, shapes } from "./shapes.ts";

const diagnosticSchema = z
  .strictObject({
    code: z.string(),
    severity: z.enum(["error", "warning"]),
    file: z.string(),
    line: z.int(),
    column: z.int(),
    path: z.string(),
    message: z.string(),
    hint: z.string(),
  })
  .register(shapes, {
    id: "Diagnostic",
    description: "A diagnostic of the compiler, described in `docs/diagnostics.md`",
  });

/** Stable codes of problems. The `type` of a problem is `urn:flotilla:problem:` and its code. */
export const PROBLEM_CODES = [
  "invalid_request",
  "invalid_spec",
  "unauthenticated",
  "forbidden",
  "not_found",
  "method_not_allowed",
  "not_acceptable",
  "conflict",
  "stale",
  "precondition_required",
  "too_large",
  "not_scalable",
  "out_of_bounds",
  "unknown_target",
  "older_commit",
  "key_reused",
  "key_in_use",
  "rate_limited",
  "remote_failed",
  "not_ready",
  "internal",
] as const;

/** RFC 9457, `application/problem+json`. */
export const problemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(PROBLEM_CODES),
    /** What happened and what to do. */
    detail: z.string(),
    diagnostics: z.array(diagnosticSchema).optional(),
    /** The bound that the requested count violates. */
    bound: z.strictObject({ name: z.enum(["min", "max"]), value: count }).optional(),
  })
  .register(shapes, { id: "Problem", description: "RFC 9457" });
export type Problem = z.infer<typeof problemSchema>;
export { diagnosticSchema };
