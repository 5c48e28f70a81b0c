/**
 * `docs/spec.md`, from the zod schemas: what it says of a key is what the compiler holds it to. Pure; a test keeps
 * the file fresh.
 */
import { isDeepStrictEqual } from "node:util";
import type { SpecFile } from "../../text/documents.ts";
import type { ServiceTypes } from "../../services/service-type.ts";
import { kindJsonSchema } from "../json-schema.ts";
import { formatExample } from "./example.ts";
import type { KeyRow } from "./key-rows.ts";
import { keyRows } from "./key-rows.ts";
import type { DocNode } from "./doc-node.ts";
import { branchesOf } from "./doc-node.ts";
import { ABOUT, COUNTING, SIGNALS } from "./preamble.ts";

/** A part of the page: a kind of document, or the keys that all services share. */
export interface SpecSection {
  readonly title: string;
  readonly description: string;
  readonly rows: readonly KeyRow[];
}

/** Returns all keys of the spec; those that every service has stand once. */
export function specSections(types: ServiceTypes): SpecSection[] {
  const fleet = kindJsonSchema(types, "Fleet") as DocNode;
  const services = branchesOf(kindJsonSchema(types, "Service") as DocNode).map((node) => ({
    node,
    rows: keyRows(node),
  }));
  const [first, ...others] = services;
  const shared = (first?.rows ?? []).filter((row) =>
    others.every(({ rows }) => rows.some((other) => isDeepStrictEqual(row, other))),
  );
  return [
    { title: "Fleet", description: fleet.description ?? "", rows: keyRows(fleet) },
    {
      title: "Every service",
      description: "Keys that all types of service have.",
      rows: shared,
    },
    ...services.map(({ node, rows }) => ({
      title: node.title ?? "",
      description: `${node.description ?? ""} Beside the keys of every service:`,
      rows: rows.filter((row) => !shared.some((other) => isDeepStrictEqual(row, other))),
    })),
  ];
}

/** Returns the page. `sample` is the spec it begins with, its paths as a reader would type them. */
export function specReference(types: ServiceTypes, sample: readonly SpecFile[]): string {
  const sections = specSections(types);
  const contents = [...sections.map(({ title }) => title), "Counting", "Signals"];
  return [
    ABOUT,
    sample.map(formatFile).join("\n\n"),
    contents.map((title) => `- [${title}](#${anchorOf(title)})`).join("\n"),
    ...sections.map(formatSection),
    COUNTING,
    SIGNALS,
  ]
    .map((part) => part.trim())
    .join("\n\n")
    .concat("\n");
}

/** GitHub's anchor of a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/gu, "")
    .replaceAll(" ", "-");
}

function formatFile({ path, text }: SpecFile): string {
  const shown = text.replace(/^# yaml-language-server: .*\n/u, "").trim();
  return `\`\`\`yaml\n# ${path}\n${shown}\n\`\`\``;
}

function formatSection({ title, description, rows }: SpecSection): string {
  const lines = rows.map((row) => {
    const key = String(row.steps.at(-1)?.key);
    const cells = [
      `\`${row.label}\``,
      row.type,
      row.unit,
      row.fallback === "required" ? "**required**" : row.fallback,
      row.example === undefined ? "" : `\`${formatExample(key, row.example)}\``,
      row.meaning,
    ];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  });
  return [
    `## ${title}\n`,
    `${description}\n`,
    "| key | type | unit | default | example | meaning |",
    "| --- | --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}
