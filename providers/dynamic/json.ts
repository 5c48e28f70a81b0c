/**
 * Returns a fresh copy as plain JSON: `undefined` members are dropped, dates become text. Everything that goes back to
 * the engine must have this form. An `undefined` at any depth fails the call after the API acted ("Unexpected struct
 * type"), and the handler writes `__provider` into the object, which a frozen one doesn't take.
 */
export function toPlainJson(value: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
}
