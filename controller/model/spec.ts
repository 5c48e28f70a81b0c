import { z } from "zod";
import { diagnosticSchema } from "./problem.ts";
import { instant, reason, revision, shapes } from "./shapes.ts";

const fileSchema = z
  .strictObject({
    /** Below the spec folder: `services/caddy.yaml`. */
    path: z
      .string()
      .max(200)
      .regex(/^([A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*\.ya?ml$/),
    text: z.string().max(1_000_000),
  })
  .register(shapes, { id: "SpecFile" });

export const sourceSchema = z
  .strictObject({
    kind: z.enum(["git", "folder"]),
    /** What a change through the controller becomes. */
    note: z.string(),
    branch: z.string().optional(),
  })
  .register(shapes, { id: "SpecSource" });

export const specSchema = z
  .strictObject({
    revision,
    source: sourceSchema,
    files: z.array(fileSchema),
  })
  .register(shapes, { id: "Spec" });
export type SpecView = z.infer<typeof specSchema>;

export const specRequestSchema = z
  .strictObject({ files: z.array(fileSchema).max(2_000), reason })
  .register(shapes, {
    id: "SpecRequest",
    description: "Replaces the spec as a whole: files that aren't named are removed",
  });

export const serviceSchema = z
  .strictObject({
    name: z.string(),
    revision,
    path: z.string(),
    text: z.string(),
  })
  .register(shapes, { id: "ServiceDocument" });

export const serviceRequestSchema = z
  .strictObject({
    /** YAML or JSON. */
    text: z.string().max(100_000),
    reason,
  })
  .register(shapes, {
    id: "ServiceRequest",
    description:
      "Replaces the service of that name as a whole; comments and order of the file that is there are kept",
  });

export const changeSchema = z
  .strictObject({
    /** Nothing was stored. */
    dry_run: z.boolean(),
    /** The spec's revision with the change; for a dry run the one it was tried on. */
    revision,
    /** False: the documents say what holds already. */
    changed: z.boolean(),
    /** Unified, over all files. */
    diff: z.string(),
    /** What it does to every stack: as `flotilla plan --json`. */
    plan: z.unknown(),
    diagnostics: z.array(diagnosticSchema),
  })
  .register(shapes, { id: "SpecChange" });
export type SpecChange = z.infer<typeof changeSchema>;

export const reconcileRequestSchema = z
  .strictObject({
    /** Wait until this commit is what the controller runs; without it the newest of the branch. */
    commit: revision.optional(),
    /** Lets the branch go to an older or diverged commit. */
    allow_older: z.boolean().optional(),
    reason,
  })
  .register(shapes, { id: "ReconcileRequest" });

export const reconcileSchema = z
  .strictObject({ commit: revision, requested_at: instant, stacks: z.array(z.string()) })
  .register(shapes, {
    id: "Reconcile",
    description: "A run of each of these stacks is on its way; `GET /v1/status` shows how far",
  });
export type Reconcile = z.infer<typeof reconcileSchema>;
