import { z } from "zod";
import type { RegionDesired } from "../compiler/compile.ts";
import { toolNames } from "../toolchain/index.ts";

const checkerShape = z.strictObject({
  program: z.enum(toolNames),
  args: z.array(z.string()),
  start: z.strictObject({ args: z.array(z.string()), ready: z.string() }).exactOptional(),
  readsUnsetAsEmpty: z.literal(true).exactOptional(),
});

const guestPath = z
  .string()
  .refine((path) => path.startsWith("/flotilla/") && !path.split("/").includes(".."));

function byGuestPath<Value extends z.ZodType>(value: Value) {
  return z.record(guestPath, value, {
    error: ({ code }) => (code === "invalid_key" ? "a file must lie under /flotilla" : undefined),
  });
}

/** Strict, and by its type what the compiler renders: a field that one side lacks is an error. */
const inputShape = z.strictObject({
  hosts: z.record(z.string(), byGuestPath(z.string())),
  checkers: byGuestPath(checkerShape),
  secrets: z.array(z.string()),
  env: z.record(z.string(), z.string()),
}) satisfies z.ZodType<RegionDesired["check"]>;

/** What the compiler renders for the check of a region. */
export type CheckInput = z.infer<typeof inputShape>;

export type Checker = z.infer<typeof checkerShape>;

/**
 * Reads the check's stdin.
 *
 * @throws {Error} naming every field that isn't as the compiler renders it
 */
export function parseCheckInput(text: string): CheckInput {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error("the input is not JSON", { cause: error });
  }
  const parsed = inputShape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`the input is not what the compiler renders\n${z.prettifyError(parsed.error)}`);
}
