import { Ajv } from "ajv";
import type { AnySchema } from "ajv";

/** What editors show beside a key; no rules. */
const ANNOTATIONS = ["markdownDescription", "markdownEnumDescriptions"];

/**
 * Returns a function that lists every place of a value that breaks a rule of the schema (draft 7):
 * `/regions/iad must have required property 'replicas'`. A keyword that Ajv doesn't know is an error, so that no rule is
 * passed over in silence. Ajv shares nothing with zod, which writes the schema.
 */
export function schemaJudge(schema: AnySchema): (value: unknown) => string[] {
  const ajv = new Ajv({
    allErrors: true,
    keywords: ANNOTATIONS,
    strictTypes: false,
    strictRequired: false,
  });
  const validate = ajv.compile(schema);
  return (value) => {
    const isValid = validate(value);
    const problems = validate.errors ?? [];
    return isValid
      ? []
      : problems.map(({ instancePath, message }) => `${instancePath} ${message ?? ""}`);
  };
}
