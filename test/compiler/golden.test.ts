import { describe, test } from "vitest";
import { compile } from "../../compiler/compile.ts";
import type { Desired } from "../../compiler/model/desired.ts";
import { desiredOf } from "../kit/compiled.ts";
import { sampleSpecs } from "../../fixtures/sample-specs.ts";

const golden = "../golden/sample";

/**
 * The sample as every stack gets it. `<stack>.json` holds everything but the texts of files, which stand beside
 * it as they lie in the guest, so that a reviewer reads them as what they are.
 */
describe("golden files of the sample", () => {
  test.for(["global", "iad", "fra"])("%s", async (stack, { expect }) => {
    const desired = desiredOf(compile(sampleSpecs(), { stack }));
    await expect(withoutTexts(desired)).toMatchFileSnapshot(`${golden}/${stack}.json`);
    for (const [path, text] of textsOf(desired))
      await expect(text).toMatchFileSnapshot(`${golden}/${path}`);
  });

  test("the same bytes every time", ({ expect }) => {
    for (const stack of ["global", "iad", "fra"]) {
      const once = JSON.stringify(compile(sampleSpecs(), { stack }));
      expect(JSON.stringify(compile(sampleSpecs().toReversed(), { stack }))).toBe(once);
    }
  });

  test("the files to check are the files that are deployed", ({ expect }) => {
    const desired = desiredOf(compile(sampleSpecs(), { stack: "iad" }));
    if (desired.kind !== "region") throw new Error("iad is a region");
    const deployed = desired.hosts.map((host) => [
      host.name,
      Object.fromEntries(
        host.files.flatMap((file) => ("text" in file ? [[file.path, file.text]] : [])),
      ),
    ]);
    expect(desired.check.hosts).toEqual(Object.fromEntries(deployed));
  });
});

function withoutTexts(desired: Desired): string {
  const json = JSON.stringify(
    desired,
    (key, value: unknown) => {
      if (key === "text") return "…";
      if (key === "check") return { ...(value as object), hosts: "as above" };
      return value;
    },
    2,
  );
  return `${json}\n`;
}

function textsOf(desired: Desired): [string, string][] {
  if (desired.kind !== "region") return [];
  return desired.hosts.flatMap((host) =>
    host.files.flatMap((file): [string, string][] =>
      "text" in file ? [[`${host.name}/${file.path.split("/").at(-1) ?? ""}`, file.text]] : [],
    ),
  );
}
