/** A plan as Markdown for a pull request's comment: one line per stack, the rest folded. */
import type { FleetChange, HostChange, StackChange } from "../../../compiler/compile.ts";
import {
  describeEffect,
  describePrice,
  describeProcesses,
  describeStack,
  describeTime,
  describeVolume,
  reasonsToTell,
  secretCommand,
  signOf,
  summarizeChange,
  summarizeStack,
} from "./words.ts";

/** GitHub refuses a comment of more than 65,536 characters. */
const MOST_CHARACTERS = 60_000;
/** A pipeline finds its earlier comment by this line. */
const MARKER = "<!-- flotilla plan -->";

/** Returns the whole plan if it fits into a comment, else without the files' lines, else the stacks' summaries. */
export function formatMarkdown(change: FleetChange, heading: string): string {
  const texts = (["all", "no lines", "summaries"] as const).map((detail) =>
    formatDetail(change, heading, detail),
  );
  return texts.find((text) => text.length <= MOST_CHARACTERS) ?? (texts.at(-1) as string);
}

type Detail = "all" | "no lines" | "summaries";

function formatDetail(change: FleetChange, heading: string, detail: Detail): string {
  const cut =
    detail === "all" ? [] : ["_Cut to fit a comment: `flotilla plan` shows all of it._", ""];
  return [
    MARKER,
    `### ${plain(heading)}: ${summarizeChange(change)}`,
    "",
    ...cut,
    ...change.stacks.flatMap((stack) => formatStack(stack, detail)),
    "",
    ...formatFleet(change),
  ].join("\n");
}

function formatStack(stack: StackChange, detail: Detail): string[] {
  const summary = `<b>${stack.stack}</b>: ${summarizeStack(stack)}`;
  const refused = stack.refused.map((text) => `- :no_entry: **refused**: ${plain(text)}`);
  const body = detail === "summaries" ? [] : stackBody(stack, detail);
  if (body.length === 0) return [`- ${summary}`, ...refused.map((line) => `  ${line}`)];
  return [
    `<details><summary>${summary}</summary>`,
    "",
    ...body,
    "",
    "</details>",
    ...(refused.length === 0 ? [] : ["", ...refused]),
    "",
  ];
}

function stackBody(stack: StackChange, detail: Detail): string[] {
  return [
    ...stack.hosts.flatMap((host) => formatHost(host, detail)),
    ...stack.volumes.map((volume) => `- volume \`${volume.volume}\`: ${describeVolume(volume)}`),
    ...stack.records.map(({ name, effect }) => `- DNS \`${name}\`: ${effect}`),
    ...describeStack(stack)
      .filter(({ label }) => label !== "refused")
      .map(({ label, text }) => `- ${label}: ${plain(text)}`),
    ...(stack.commands.length === 0 ? [] : ["", "```sh", ...stack.commands, "```"]),
  ];
}

const SIGNS = {
  "+": ":heavy_plus_sign:",
  "~": ":arrows_counterclockwise:",
  "-": ":heavy_minus_sign:",
};

function formatHost(host: HostChange, detail: Detail): string[] {
  const processes = describeProcesses(host);
  return [
    `- ${SIGNS[signOf(host)]} \`${host.host}\` ${describeEffect(host)}${processes.length === 0 ? "" : ` (${processes.map(plain).join(", ")})`}`,
    ...reasonsToTell(host).flatMap(({ part, text, lines }) => [
      `  - ${part === "active" ? "env" : part}: ${plain(text)}`,
      ...(lines === undefined || detail !== "all" ? [] : fenced(lines)),
    ]),
  ];
}

/** Fences the lines, which are a person's own text, with more backticks than any of them has in a row. */
function fenced(lines: readonly string[]): string[] {
  const ticks = lines.join("\n").match(/`{3,}/g) ?? [];
  const fence = "`".repeat(Math.max(3, ...ticks.map((run) => run.length + 1)));
  return ["", `    ${fence}diff`, ...lines.map((line) => `    ${line}`), `    ${fence}`];
}

function formatFleet({ secrets, visitors, time, price, unknown }: FleetChange): string[] {
  return [
    ...secrets.added.map(
      (name) => `- :key: set first: \`${name}\` with \`${secretCommand(name)}\``,
    ),
    ...secrets.removed.map((name) => `- no longer read: \`${name}\``),
    ...visitors.map((text) => `- :busts_in_silhouette: ${plain(text)}`),
    `- :stopwatch: ${describeTime(time.seconds)}`,
    `- :money_with_wings: ${describePrice(price)}`,
    "",
    "<details><summary>Assumptions, and what only the real state shows</summary>",
    "",
    ...time.assumptions.map((text) => `- time: ${plain(text)}`),
    `- price: list prices of ${price.asOf}, ${price.source}`,
    ...price.notes.map((text) => `- price: ${plain(text)}`),
    ...unknown.map((text) => `- unknown: ${plain(text)}`),
    "",
    "</details>",
  ];
}

/** Escapes everything that Markdown would interpret, except our own code spans. */
function plain(text: string): string {
  return text
    .split(/(`[^`\n]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[\\<>&*_[\]|#~]/g, "\\$&")))
    .join("");
}
