/**
 * A failure after the API acted. Pulumi stores `id` and `properties` of such an error in its state, so that the next
 * run continues with the existing resource instead of creating a second one. The properties must include the inputs,
 * which hold the provider's text: without it Pulumi can't make any later call about the resource.
 */
import { messageOf } from "../../lib/message-of.ts";
import { toPlainJson } from "./json.ts";
import type { Properties } from "./resource-methods.ts";

export class PartialError extends Error {
  readonly id: string;
  readonly reasons: string[];
  readonly properties: Properties;

  constructor(id: string, inputs: Properties, outs: object, cause: unknown) {
    const message = messageOf(cause);
    super(message, { cause });
    this.name = "PartialError";
    this.id = id;
    this.reasons = [message];
    this.properties = toPlainJson({ ...inputs, ...outs });
  }
}
