import * as fc from "fast-check";
import { beforeAll, describe, test } from "vitest";
import { compile } from "../../compiler/compile.ts";
import { checkPrograms } from "./check-programs.ts";
import { depth } from "../kit/depth.ts";
import { regionOf } from "../kit/compiled.ts";
import { filesOf, specModel, specNames } from "./spec-arbitrary.ts";
import { toolPath } from "../kit/tool-path.ts";

/** Each runs three programs; of the hosts of a region the first and the last, which share least. */
const SAMPLES = depth(4, 40);

describe("the programs accept what is rendered, whatever the spec", () => {
  beforeAll(async () => {
    for (const name of ["process-compose", "caddy", "nats-server"] as const) await toolPath(name);
  });

  test(`${SAMPLES} specs`, async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(specModel, specNames, async (model, names) => {
        const region = Object.keys(model.regions).at(-1) ?? "";
        const desired = regionOf(compile(filesOf(model, names), { stack: region }));
        const entries = Object.entries(desired.check.hosts);
        const hosts = Object.fromEntries(
          entries.filter((_, i) => i % (entries.length - 1 || 1) === 0),
        );
        const { output, code } = await checkPrograms({
          ...desired,
          check: { ...desired.check, hosts },
        });
        expect(code, output).toBe(0);
        expect(output.split("\n").filter((line) => line.startsWith("ok ")).length).toBeGreaterThan(
          1,
        );
      }),
      { numRuns: SAMPLES, endOnFailure: true },
    );
  });
});
