import { planChange } from "../../../compiler/compile.ts";
import type { FleetChange, SpecFile, StackChange } from "../../../compiler/compile.ts";
import { sampleSpecs } from "../../../fixtures/sample-specs.ts";

const sample = sampleSpecs();

/** The plan from the sample, or another side; both must compile. */
export function planned(
  after: readonly SpecFile[],
  before: readonly SpecFile[] = sample,
): FleetChange {
  const result = planChange(before, after);
  if (!result.ok)
    throw new Error(result.diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n"));
  if (result.beforeDiagnostics.length > 0) throw new Error("the earlier side doesn't compile");
  return result.change;
}

export function stackOf(change: FleetChange, stack: string): StackChange {
  const found = change.stacks.find((each) => each.stack === stack);
  if (found === undefined) throw new Error(`no stack ${stack}`);
  return found;
}
