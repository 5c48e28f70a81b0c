import { expect, test } from "vitest";

import { mutants } from "./mutants.ts";
import { firstFault, withBackend } from "./seeds.ts";

test.each(Object.entries(mutants))(
  "%s: noticed within 300 seeds",
  async (_name, { mutation, seed }) => {
    const fault = await withBackend((backend) => firstFault(300, { backend, mutation }, seed));
    expect(fault?.violations).not.toHaveLength(0);
    expect(fault?.violations.join()).not.toContain("the simulation itself failed");
  },
  120_000,
);
