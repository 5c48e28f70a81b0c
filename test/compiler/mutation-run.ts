import { formatDiagnostic, read } from "../../compiler/compile.ts";
import type { CheckedSpec, Diagnostic, SpecFile } from "../../compiler/compile.ts";
import { mutationCase } from "./mutation-case.ts";
import type { MutationCase } from "./mutation-case.ts";

export interface MutationResult {
  /** Processor time of reading, validating, compiling every stack and printing all diagnostics. */
  readonly seconds: number;
  /** Broken promises, one line each. */
  readonly violations: readonly string[];
  /** Codes that were told, and `ok` for every stack that compiled. */
  readonly outcomes: ReadonlySet<string>;
}

export const MOST_SECONDS = 1;

/** One seed through the compiler. */
export function runMutation(seed: number): MutationResult {
  const result = runCase(mutationCase(seed));
  if (result.seconds <= MOST_SECONDS) return result;
  const slow = `${result.seconds.toFixed(2)} s, more than ${MOST_SECONDS}`;
  return { ...result, violations: [...result.violations, slow] };
}

/** Runs a case again if it took too long: time counts only if it is too much twice, as a machine does other things too. */
export function runCase(mutation: MutationCase): MutationResult {
  const first = runOnce(mutation);
  if (first.seconds <= MOST_SECONDS) return first;
  const second = runOnce(mutation);
  return { ...second, seconds: Math.min(first.seconds, second.seconds) };
}

function runOnce({ files, options, stacks }: MutationCase): MutationResult {
  const violations: string[] = [];
  const outcomes = new Set<string>();
  const told: Diagnostic[] = [];
  const printed: string[] = [];
  const attempt = (what: string, run: () => readonly Diagnostic[]): void => {
    try {
      const diagnostics = run();
      told.push(...diagnostics);
      printed.push(...diagnostics.map(formatDiagnostic));
    } catch (error) {
      violations.push(`${what} threw ${error instanceof Error ? error.stack : String(error)}`);
    }
  };
  const start = process.cpuUsage();
  let spec: CheckedSpec | undefined;
  attempt("validate", () => {
    spec = read(files);
    return spec.validate();
  });
  for (const stack of stacks)
    attempt(`compile ${stack}`, () => {
      const compiled = spec?.compile({ ...options, stack });
      if (compiled === undefined) return [];
      if (compiled.ok) outcomes.add("ok");
      else if (compiled.diagnostics.every(({ severity }) => severity === "warning"))
        violations.push(`${stack} failed without an error`);
      return compiled.diagnostics;
    });
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  for (const { code } of told) outcomes.add(code);
  const wrong = [
    ...told.flatMap((each) => misplaced(each, files)),
    ...printed.flatMap(unprintable),
  ];
  return { seconds, violations: [...violations, ...new Set(wrong)].slice(0, 20), outcomes };
}

/** Characters of a line, undefined behind the last. */
function lineLength(text: string, line: number): number | undefined {
  let start = 0;
  for (let number = 1; number < line; number++) {
    start = text.indexOf("\n", start) + 1;
    if (start === 0) return undefined;
  }
  const end = text.indexOf("\n", start);
  return (end < 0 ? text.length : end) - start;
}

/** Every place is one an editor can go to; one past the end of a line is where something is missing. */
function misplaced({ code, file, line, column }: Diagnostic, files: readonly SpecFile[]): string[] {
  const place = `${code} at ${file}:${line}:${column}`;
  if (file === "signals" || files.length === 0)
    return line === 1 && column === 1 ? [] : [`${place}, which has no places`];
  const candidates = files.filter(({ path }) => path === file);
  const fits = candidates.some((candidate) => {
    const length = lineLength(candidate.text, line);
    return length !== undefined && column >= 1 && column <= length + 1;
  });
  return fits ? [] : [`${place}, which isn't in the file`];
}

/** A diagnostic is a line and a hint; what a file smuggles in must not steer the terminal. */
function unprintable(text: string): string[] {
  const isPlain =
    /^[^\p{Cc}\p{Bidi_Control}\u2028\u2029]*(\n {2}hint: [^\p{Cc}\p{Bidi_Control}\u2028\u2029]*)?$/u.test(
      text,
    );
  const isShort = text.length <= 4_000;
  return isPlain && isShort ? [] : [`not fit to be printed: ${JSON.stringify(text.slice(0, 300))}`];
}
