import { styleText } from "node:util";
import { planChange } from "../../../compiler/compile.ts";
import { countDiagnostics, formatReport, formatWithSource } from "../output/diagnostics-text.ts";
import { readEarlierSpecs } from "../specs/earlier-specs.ts";
import { formatMarkdown } from "../plan/markdown.ts";
import { formatText } from "../plan/text.ts";
import { readSpecs } from "../specs/spec-folder.ts";

export interface PlanOptions {
  readonly specs: string;
  /** Undefined: `origin/main` where there is one, else `HEAD`. */
  readonly against: string | undefined;
  readonly format: "text" | "markdown" | "json";
}

/**
 * `flotilla plan`: what the specs in the working tree do against those of a commit. Makes no call to anything.
 *
 * @returns the exit code: 2 when the new side has an error
 * @throws {UserError} without git, repository, ref or spec folder
 */
export function runPlan({ specs, against, format }: PlanOptions): 0 | 2 {
  const files = readSpecs(specs);
  const earlier = readEarlierSpecs(specs, against);
  const result = planChange(earlier.files.length === 0 ? undefined : earlier.files, files);
  if (format === "json") {
    const { ref, commit } = earlier;
    console.log(
      JSON.stringify(
        result.ok
          ? {
              against: { ref, commit },
              ...result.change,
              diagnostics: result.diagnostics,
              beforeDiagnostics: result.beforeDiagnostics,
            }
          : { diagnostics: result.diagnostics },
        null,
        2,
      ),
    );
    return result.ok ? 0 : 2;
  }
  if (!result.ok) {
    console.error(formatReport(result.diagnostics, files, specs));
    return 2;
  }
  for (const diagnostic of result.diagnostics)
    console.error(`${formatWithSource(diagnostic, files)}\n`);
  if (earlier.files.length === 0) {
    console.error(`${earlier.ref} has no specs in ${specs}: everything counts as new\n`);
  } else if (result.beforeDiagnostics.length > 0) {
    console.error(
      `the specs at ${earlier.ref} don't compile (${countDiagnostics(result.beforeDiagnostics)}): everything counts as new\n`,
    );
  }
  const heading = `plan of ${specs} against ${earlier.ref} (${earlier.commit.slice(0, 7)})`;
  console.log(
    format === "markdown"
      ? formatMarkdown(result.change, heading)
      : formatText(result.change, heading, (style, text) =>
          styleText(style, text, { stream: process.stdout }),
        ),
  );
  return 0;
}
