/** The status: desired and observed state of a fleet. The API, the command line and other clients share this model. */
import { z } from "zod";
import { SERVICE_TYPE_NAMES } from "../../compiler/compile.ts";
import { burstSchema } from "./burst.ts";
import { pauseSchema } from "./pause.ts";
import { causeSchema, runSchema } from "./run.ts";
import { count, instant, revision, shapes } from "./shapes.ts";
import { sourceSchema } from "./spec.ts";

const controlSchema = z
  .strictObject({ offered: z.boolean(), why: z.string().optional() })
  .register(shapes, { id: "Control" });

const deviationSchema = z
  .strictObject({
    /** Names the deviation as long as it lasts, however its sentence changes. */
    key: z.string(),
    cause: z.enum(["burst", "metric", "bounds", "drift", "rollout"]),
    /** One sentence for people: whatever it says is also in the fields. */
    text: z.string(),
    host: z.string().optional(),
    service: z.string().optional(),
    /** `worker-2`: the one slot that differs inside its host. */
    slot: z.string().optional(),
    /** Who asked for it: the burst's author, or the controller for a recommendation of a metric. */
    author: z.string().optional(),
    /** The reason that the burst or the recommendation gives. */
    reason: z.string().optional(),
    /** With `bounds`: which signal asked for how many, and the bound it ran into. */
    limited: z
      .strictObject({
        signal: z.enum(["burst", "metric"]),
        asked: count,
        bound: z.strictObject({ name: z.enum(["min", "max"]), value: count }),
      })
      .optional(),
    since: instant.optional(),
    /** When it ends by itself. */
    until: instant.optional(),
    /** What decides the count at `until`, if no signal is added. */
    then: z
      .strictObject({ count, cause: z.enum(["spec", "burst", "metric", "bounds"]) })
      .optional(),
  })
  .register(shapes, {
    id: "Deviation",
    description: "A difference between the spec and what runs, with its cause",
  });
export type Deviation = z.infer<typeof deviationSchema>;

const serviceRegionSchema = z
  .strictObject({
    region: z.string(),
    /** The count in the spec. */
    replicas: count,
    min: count,
    max: count,
    /** The effective count: after bursts and recommendations, inside the bounds. */
    effective: count,
    /** Replicas that run; absent while the region's hosts haven't been observed. */
    current: z.int().optional(),
    /** Changes that the controller is about to make, one sentence each. */
    pending: z.array(z.string()),
    deviations: z.array(deviationSchema),
    controls: z.strictObject({
      spec: controlSchema,
      burst: controlSchema,
      autoscale: controlSchema,
    }),
  })
  .register(shapes, { id: "ServiceRegion" });

const serviceStatusSchema = z
  .strictObject({
    name: z.string(),
    type: z.enum(SERVICE_TYPE_NAMES),
    strategy: z.enum(["infra", "local"]),
    scalable: z.boolean(),
    /** `2 in iad, 1 in fra; bursts up to 4 in iad`. */
    desired: z.string(),
    regions: z.array(serviceRegionSchema),
  })
  .register(shapes, { id: "ServiceStatus" });
export type ServiceStatus = z.infer<typeof serviceStatusSchema>;

const hostStatusSchema = z
  .strictObject({
    name: z.string(),
    /** Desired state; absent for a host that the spec doesn't have. */
    desired: z.enum(["started", "stopped"]).optional(),
    /** State as Fly names it, or `missing`. */
    state: z.string(),
    cordoned: z.boolean(),
    checks: z.strictObject({ passing: z.int(), total: z.int() }),
    /** Service of strategy `local` → slots that are on. */
    slots: z.record(z.string(), z.strictObject({ desired: z.int(), running: z.int() })),
  })
  .register(shapes, { id: "HostStatus" });

const stackStatusSchema = z
  .strictObject({
    stack: z.string(),
    state: z.enum([
      "in_sync",
      "pending",
      "running",
      "waiting",
      "backing_off",
      "paused",
      "invalid",
      "unknown",
    ]),
    /** One sentence. */
    why: z.string(),
    /** The commit that it is brought to next. */
    target: revision.optional(),
    /** The last applied commit. */
    applied: revision.optional(),
    cause: causeSchema.optional(),
    failures: z.int(),
    next_attempt_at: instant.optional(),
    hosts: z.array(hostStatusSchema),
    /** When its hosts were last listed. */
    observed_at: instant.optional(),
    deviations: z.array(deviationSchema),
  })
  .register(shapes, { id: "StackStatus" });
export type StackStatus = z.infer<typeof stackStatusSchema>;

export const statusSchema = z
  .strictObject({
    as_of: instant,
    fleet: z.string(),
    /** `Fly personal/acme` or `local cloud 127.0.0.1:4280 personal/acme`. */
    target: z.string(),
    source: sourceSchema,
    /** The newest commit the controller knows. */
    revision,
    /** Why the newest commit of the branch can't be followed; empty while it can. */
    trouble: z.array(z.string()),
    services: z.array(serviceStatusSchema),
    stacks: z.array(stackStatusSchema),
    bursts: z.array(burstSchema),
    pauses: z.array(pauseSchema),
    runs: z.array(runSchema),
  })
  .register(shapes, { id: "Status" });
export type Status = z.infer<typeof statusSchema>;
