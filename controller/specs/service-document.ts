import { sha256 } from "../../lib/hash.ts";
import { parseDocument } from "yaml";
import type { SpecFile } from "../../compiler/compile.ts";

/** Returns the file that holds the service of that name, or undefined. A file that doesn't parse holds none. */
export function findService(files: readonly SpecFile[], name: string): SpecFile | undefined {
  return files.find(({ text }) => nameOfService(text) === name);
}

/** Returns the name of the service that a document describes, or undefined if it describes something else. */
export function nameOfService(text: string): string | undefined {
  const document = parseDocument(text);
  if (document.errors.length > 0) return undefined;
  const value: unknown = document.toJS();
  if (typeof value !== "object" || value === null) return undefined;
  if (!("kind" in value) || value.kind !== "Service" || !("name" in value)) return undefined;
  return typeof value.name === "string" ? value.name : undefined;
}

/** Returns the ETag of one document, which doesn't change with the other documents. */
export function documentTag(text: string): string {
  return sha256(text).slice(0, 32);
}
