import { createHash } from "node:crypto";
import { parseDocument } from "yaml";
import type { SpecFile } from "../../compiler/compile.ts";

/** The file that has the service of that name, or undefined. A file that doesn't parse has none. */
export function findService(files: readonly SpecFile[], name: string): SpecFile | undefined {
  return files.find(({ text }) => nameOfService(text) === name);
}

/** The name of the service that a document describes, or undefined when it is something else. */
export function nameOfService(text: string): string | undefined {
  const document = parseDocument(text);
  if (document.errors.length > 0) return undefined;
  const value: unknown = document.toJS();
  if (typeof value !== "object" || value === null) return undefined;
  if (!("kind" in value) || value.kind !== "Service" || !("name" in value)) return undefined;
  return typeof value.name === "string" ? value.name : undefined;
}

/** For `If-Match`: changes with the document, not with its neighbours. */
export function documentTag(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
