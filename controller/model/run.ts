import { z } from "zod";
import { instant, revision, shapes } from "./shapes.ts";

export const causeSchema = z
  .strictObject({
    kind: z.enum(["commit", "burst", "metric", "drift", "request", "start", "global"]),
    text: z.string(),
  })
  .register(shapes, { id: "Cause", description: "Why a run was started" });
export type Cause = z.infer<typeof causeSchema>;

export const runSchema = z
  .strictObject({
    id: z.string(),
    stack: z.string(),
    /** The commit whose specs it applies, from an immutable export. */
    commit: revision,
    cause: causeSchema,
    /** `interrupted`: the controller ended during the run. */
    state: z.enum(["running", "succeeded", "failed", "interrupted"]),
    started_at: instant,
    ended_at: instant.optional(),
    /** Operation → number of resources. */
    changes: z.record(z.string(), z.int()).optional(),
    error: z.string().optional(),
    /** What the program and the engine warned of, each text once: among it the spec's warnings. */
    warnings: z.array(z.string()).optional(),
  })
  .register(shapes, { id: "Run", description: "One `up` of one stack" });
export type Run = z.infer<typeof runSchema>;

export const runListSchema = z
  .strictObject({ runs: z.array(runSchema) })
  .register(shapes, { id: "RunList" });

/** The last applied state of a stack. */
export const appliedSchema = z.strictObject({
  stack: z.string(),
  /** False during a run, and after a run that failed or was interrupted: then the applied state is unknown. */
  certain: z.boolean(),
  commit: revision,
  /** Fingerprint of the desired state and of the outputs of `global` that it depends on. */
  fingerprint: z.string(),
  /** Fingerprint of the desired state alone; absent in what older controllers stored. */
  desired: z.string().optional(),
  /** Hash of the stack's outputs; regions depend on the outputs of `global`. */
  outputs: z.string(),
  /** Service → replicas; during a run the larger of the counts before and after it. */
  counts: z.record(z.string(), z.int()),
  /** Host → version of its configuration after the run. */
  versions: z.record(z.string(), z.string()),
  at: instant,
});
export type Applied = z.infer<typeof appliedSchema>;
