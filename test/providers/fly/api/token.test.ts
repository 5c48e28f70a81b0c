import { expect, test } from "vitest";

import { redact } from "../../../../providers/fly/api/token.ts";

test.each([
  ["authorization: Bearer abc.def-123", "authorization: [redacted]"],
  ["FlyV1 fm2_abc=,fm2_def= was refused", "[redacted] was refused"],
  ["token fm2_abcdef/+== here", "token [redacted] here"],
  ["got flotilla-local-0a1b2c, sorry", "got [redacted], sorry"],
  ["mine is opaque-token-value.", "mine is [redacted]."],
  ["nothing to hide", "nothing to hide"],
])("%j is shown as %j", (text, shown) => {
  expect(redact(text, { FLY_API_TOKEN: "opaque-token-value" })).toBe(shown);
});
