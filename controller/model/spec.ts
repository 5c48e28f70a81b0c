import { z } from "zod";
import { diagnosticSchema } from "./problem.ts";
import { instant, reason, revision, shapes } from "./shapes.ts";

const fileSchema = z
  .strictObject({
    /** Relative to the spec folder: `services/caddy.yaml`. */
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
    /** What a change through the API becomes, for people. */
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
    description: "Replaces the whole spec: files that aren't listed are removed",
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
      "Replaces the document of the service; comments and key order of its file are kept",
  });

export const changeSchema = z
  .strictObject({
    /** If true, nothing was stored. */
    dry_run: z.boolean(),
    /** The revision with the change; for a dry run the revision that it was tried on. */
    revision,
    /** False if the documents equal the current ones. */
    changed: z.boolean(),
    /** Unified diff over all files. */
    diff: z.string(),
    /** What the change does to every stack, as in `flotilla plan --json`. */
    plan: z.unknown(),
    diagnostics: z.array(diagnosticSchema),
  })
  .register(shapes, { id: "SpecChange" });
export type SpecChange = z.infer<typeof changeSchema>;

export const reconcileRequestSchema = z
  .strictObject({
    /** The commit that the followed branch must contain; without it, whatever is newest. */
    commit: revision.optional(),
    /** Accepts a branch that went to a commit which doesn't descend from the last followed one. */
    allow_older: z.boolean().optional(),
    reason,
  })
  .register(shapes, { id: "ReconcileRequest" });

export const reconcileSchema = z
  .strictObject({ commit: revision, requested_at: instant, stacks: z.array(z.string()) })
  .register(shapes, {
    id: "Reconcile",
    description:
      "A run of each of these stacks is requested; `GET /v1/status` shows their progress",
  });
export type Reconcile = z.infer<typeof reconcileSchema>;
