import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { UserError } from "../command-line/failure.ts";

/** One document of the specs in a file of its own. */
export interface SpecDocument extends DocumentHead {
  readonly file: string;
  readonly text: string;
}

export interface DocumentHead {
  readonly kind: unknown;
  /** Name of the service; undefined unless the document is a `kind: Service` with a name. */
  readonly service: string | undefined;
}

/** @throws {UserError} when the file can't be read */
export function readDocument(file: string): SpecDocument {
  try {
    const text = readFileSync(file, "utf8");
    return { file, text, ...parseHead(text) };
  } catch (cause) {
    throw new UserError(`${file} can't be read: name a file that exists`, { cause });
  }
}

/** Returns the kind and the name of a document; text that isn't YAML has neither, and the compiler says where. */
export function parseHead(text: string): DocumentHead {
  const { kind, name } = parseFields(text);
  const isService = kind === "Service" && typeof name === "string";
  return { kind, service: isService ? name : undefined };
}

function parseFields(text: string): { readonly kind?: unknown; readonly name?: unknown } {
  try {
    const value: unknown = parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
