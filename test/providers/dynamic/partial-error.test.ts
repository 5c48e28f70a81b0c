import { expect, test } from "vitest";

import { PartialError } from "../../../providers/dynamic/partial-error.ts";

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
