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
    /** The specs it runs from: an immutable export of this commit. */
    commit: revision,
    cause: causeSchema,
    /** `interrupted`: the controller ended in the middle of it. */
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

/** What a stack was brought to last. */
export const appliedSchema = z.strictObject({
  stack: z.string(),
  /** False while a run is on its way, and after one that failed or was interrupted: then nobody knows. */
  certain: z.boolean(),
  commit: revision,
  /** Of the desired state that the run was for, with the outputs of `global` that it depends on. */
  fingerprint: z.string(),
  /** Of the desired state alone; absent in what older controllers stored. */
  desired: z.string().optional(),
  /** Of the stack's outputs; regions depend on those of `global`. */
  outputs: z.string(),
  /** Replicas per service; while a run is on its way the larger of before and after. */
  counts: z.record(z.string(), z.int()),
  /** Of each host's configuration, as the run left it. */
  versions: z.record(z.string(), z.string()),
  at: instant,
});
export type Applied = z.infer<typeof appliedSchema>;
