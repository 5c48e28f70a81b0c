import { expect, test } from "vitest";

import { explain, FlyError, isAmbiguous } from "../../../../providers/fly/api/errors.ts";

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
