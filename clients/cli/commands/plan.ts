import { styleText } from "node:util";
import { Option } from "commander";
import type { Command } from "commander";
import { planChange } from "../../../compiler/compile.ts";
import type { PlannedChange } from "../../../compiler/compile.ts";
import { jsonOption, specsOption } from "../command-line/options.ts";
import { countDiagnostics, formatReport, formatWithSource } from "../output/diagnostics-text.ts";
import { formatMarkdown } from "../plan/markdown.ts";
import { formatText } from "../plan/text.ts";
import { readEarlierSpecs } from "../specs/earlier-specs.ts";
import type { EarlierSpecs } from "../specs/earlier-specs.ts";
import { readSpecs } from "../specs/spec-folder.ts";

/**
 * `flotilla plan`: compares the specs of the working tree with those of a commit. Exits with 2 when the new specs have
 * an error, or when git, the repository or the ref can't be found.
 */
export function define(command: Command): void {
  command
    .option(
      "--against <ref>",
      "git ref to compare with (default: origin/main where there is one, else HEAD)",
    )
    .addOption(new Option("--markdown", "for a pull request's comment").conflicts("json"))
    .addOption(specsOption())
    .addOption(jsonOption())
    .action(printPlan);
}

interface PlanFlags {
  readonly specs: string;
  readonly against?: string;
  readonly markdown?: true;
  readonly json?: true;
}

function printPlan({ specs, against, markdown, json }: PlanFlags): void {
  const files = readSpecs(specs);
  const earlier = readEarlierSpecs(specs, against);
  const result = planChange(earlier.files.length === 0 ? undefined : earlier.files, files);
  if (!result.ok) process.exitCode = 2;
  if (json) {
    console.log(JSON.stringify(planDocument(result, earlier), null, 2));
    return;
  }
  if (!result.ok) {
    console.error(formatReport(result.diagnostics, files, specs));
    return;
  }
  for (const warning of result.diagnostics) console.error(`${formatWithSource(warning, files)}\n`);
  const missing = whyNothingEarlier(earlier, result.beforeDiagnostics, specs);
  if (missing !== undefined) console.error(`${missing}: everything counts as new\n`);
  const heading = `plan of ${specs} against ${earlier.ref} (${earlier.commit.slice(0, 7)})`;
  console.log(
    markdown
      ? formatMarkdown(result.change, heading)
      : formatText(result.change, heading, (style, text) =>
          styleText(style, text, { stream: process.stdout }),
        ),
  );
}

function planDocument(result: PlannedChange, { ref, commit }: EarlierSpecs): object {
  const { diagnostics } = result;
  if (!result.ok) return { diagnostics };
  const { change, beforeDiagnostics } = result;
  return { against: { ref, commit }, ...change, diagnostics, beforeDiagnostics };
}

function whyNothingEarlier(
  { ref, files }: EarlierSpecs,
  errors: Parameters<typeof countDiagnostics>[0],
  specs: string,
): string | undefined {
  if (files.length === 0) return `${ref} has no specs in ${specs}`;
  if (errors.length === 0) return undefined;
  return `the specs at ${ref} don't compile (${countDiagnostics(errors)})`;
}
