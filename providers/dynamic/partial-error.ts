/**
 * A failure after the API acted. Pulumi keeps `id` and `properties` of such an error in its state, so that the next
 * run goes on with what was made instead of making it again. The inputs must be among the properties: they hold
 * the provider's text, without which no later call can be answered.
 */
import { toPlainJson } from "./json.ts";
import type { Properties } from "./resource-methods.ts";

export class PartialError extends Error {
  readonly id: string;
  readonly reasons: string[];
  readonly properties: Properties;

  constructor(id: string, inputs: Properties, outs: object, cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(message, { cause });
    this.name = "PartialError";
    this.id = id;
    this.reasons = [message];
    this.properties = toPlainJson({ ...inputs, ...outs });
  }
}
