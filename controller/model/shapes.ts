/**
 * The registry of the API's named shapes. One zod schema per shape is the source of its TypeScript type, of the check of
 * requests, and of its entry in the OpenAPI document.
 */
import { z } from "zod";
import { DURATION_PATTERN } from "../../compiler/compile.ts";

interface ShapeName {
  /** Name under `components/schemas`. */
  readonly id: string;
  readonly description?: string;
}

export const shapes = z.registry<ShapeName>();

/** RFC 3339. The controller writes UTC with milliseconds, so that the order of the texts is the order in time. */
export const instant = z.iso.datetime({ offset: true });

/** Milliseconds since 1970 → the text that `instant` describes. */
export function instantOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** `30s`, `5m`, `1h30m`: durations as the spec writes them. */
export const duration = z
  .string()
  .regex(
    new RegExp(DURATION_PATTERN),
    "isn't a duration: write hours, minutes and seconds, like 1h30m or 45s",
  );

/** An `Idempotency-Key`. */
export const IDEMPOTENCY_KEY = /^[!-~]{1,200}$/;

/** A reason is printed, logged and committed, so it is one line. */
export const reason = z
  .string()
  .min(1)
  .max(300)
  // \p{Cc} would say the same, but other dialects of regular expressions lack it.
  // oxlint-disable-next-line no-control-regex
  .regex(/^[^\x00-\x1f\x7f-\x9f]+$/);

export const label = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);

/** The range that the compiler allows; the bounds of a service are narrower. */
export const count = z.int().min(0).max(1_000);

/** Full hash of a git commit; for a plain folder `sha256:` and the hash of its files. */
export const revision = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64}|sha256:[0-9a-f]{64})$/);
