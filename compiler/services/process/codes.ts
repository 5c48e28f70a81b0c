import type { Code } from "../../text/diagnostic.ts";
import type { CodeText } from "../service-type.ts";

/** Codes of diagnostics that only this type gives; docs/diagnostics.md lists all. */
export const PROCESS_CODES = {
  E314: {
    title: "Command that isn't an argument list",
    why: "A shell string would be split and expanded by rules that differ from shell to shell.",
  },
  E317: {
    title: "Name both in environment and secrets",
    why: "One of the two would win in silence, and a secret could be replaced by a public value.",
  },
  E318: {
    title: "Unknown dependency",
    why: "A process that waits for something that never starts never starts itself.",
  },
  E319: {
    title: "Dependency cycle",
    why: "Each would wait for the other, and none would start.",
  },
  E329: {
    title: "Probe that must say how, once",
    why: "A probe asks over HTTP or runs a program, and does one of the two.",
  },
  E330: {
    title: "Restart rule that contradicts",
    why: "A process that its probe has stopped comes back only by a restart, and one that is never restarted has none to count.",
  },
} as const satisfies Readonly<Record<Code, CodeText>>;
