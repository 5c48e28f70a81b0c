import { expect, test } from "vitest";

import { explain, FlyError, isAmbiguous } from "../../../../providers/fly/api/errors.ts";
import { parseInputs } from "../../../../providers/dynamic/resource-inputs.ts";
import { machineInputsShape } from "../../../../providers/fly/machine/machine-inputs.ts";
import { PartialError } from "../../../../providers/dynamic/partial-error.ts";
import { canonicalJson } from "../../../../lib/canonical-json.ts";
import { redact } from "../../../../providers/fly/api/token.ts";
import { machineInputs } from "../cloud.ts";

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

const details = { what: "read it", status: 404, code: "http_404", detail: "gone." };

test("an explained error keeps its fields", () => {
  const error = explain(new FlyError({ ...details, requestId: "01J" }), { tried: "twice" });
  expect(error).toMatchObject({ status: 404, code: "http_404", requestId: "01J", tried: "twice" });
  expect(error.message).toBe(
    "Can't read it: gone (HTTP 404, http_404, Fly request 01J). Tried: twice. Correct that and run it again.",
  );
});

test.each([
  [0, true],
  [408, true],
  [500, true],
  [503, true],
  [404, false],
  [409, false],
  [429, false],
])("status %i leaves open whether the call had its effect: %s", (status, expected) => {
  expect(isAmbiguous(new FlyError({ ...details, status }))).toBe(expected);
});

test("a partial error contains the inputs and only plain JSON", () => {
  const inputs = { app: "acme", __provider: "text", gone: undefined };
  const error = new PartialError(
    "acme/iad-0",
    inputs,
    { a: { b: undefined, c: 1 } },
    new Error("no"),
  );
  expect(error).toMatchObject({ id: "acme/iad-0", reasons: ["no"], message: "no" });
  expect(error.properties).toStrictEqual({ app: "acme", __provider: "text", a: { c: 1 } });
});

test("canonical JSON depends on the order of lists but not of members", () => {
  expect(canonicalJson({ b: [1, { d: 1, c: 2 }], a: null })).toBe(
    '{"a":null,"b":[1,{"c":2,"d":1}]}',
  );
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
});

test("all invalid inputs are named", () => {
  const inputs = machineInputs("1", { state: "asleep", secretsVersion: "3" });
  expect(() => parseInputs("Machine", machineInputsShape, inputs)).toThrow(
    /^Machine has inputs that can't be used: `state`: .*; `secretsVersion`: .*\. Correct them/,
  );
});
