/** Reads the inputs of a resource, which may have any shape: they come from a state or from a program. */
import type { z } from "zod";

/**
 * Returns the parsed inputs.
 *
 * @throws one sentence that names every wrong input
 */
export function parseInputs<Schema extends z.ZodType>(
  resource: string,
  schema: Schema,
  inputs: unknown,
): z.infer<Schema> {
  const result = schema.safeParse(inputs);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `\`${issue.path.join(".")}\`: ${issue.message}`,
  );
  throw new Error(
    `${resource} has inputs that can't be used: ${problems.join("; ")}. Correct them in the program.`,
  );
}
