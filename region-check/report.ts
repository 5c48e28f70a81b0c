import type { CheckedFile } from "./check-region.ts";
import type { Verdict } from "./check-file.ts";

/** Returns a line that names hosts, file and verdict, and the program's words indented below it. */
export function formatCheckedFile({ file, verdict }: CheckedFile): string {
  const status = verdict.kind === "accepted" ? "ok   " : "error";
  const head = `${status}  ${file.hosts.join(", ")}  ${file.path}`;
  return `${head}  ${formatVerdict(verdict, file.checker.program)}\n`;
}

function formatVerdict(verdict: Verdict, program: string): string {
  switch (verdict.kind) {
    case "accepted":
      return `accepted by ${program}${verdict.started ? ", which started with it" : ""}`;
    case "refused":
      return `refused by ${program}${verdict.started ? " at its start" : ""}${indented(verdict.output || "it wrote no reason")}`;
    case "unset":
      return `${program} would read variables that nothing sets as empty${indented(
        verdict.variables.map((name) => `\${${name}}`).join(", "),
      )}`;
  }
}

function indented(text: string): string {
  return `\n${text.replaceAll(/^/gm, "         ")}`;
}
