/** Reads a JSON body against a schema. */
import type { Context } from "hono";
import type { z } from "zod";
import { ApiError } from "./envelope.ts";

/** @throws ApiError (400) with code 9207 ("Request body is invalid.") and the first mistake */
export async function readBody<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const json: unknown = await c.req.json().catch(() => {
    throw new ApiError(400, 9207, "Request body is invalid.");
  });
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ApiError(
    400,
    9207,
    `Request body is invalid: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`.trim(),
  );
}
