import { globSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { SpecFile } from "../../../compiler/compile.ts";
import { UserError } from "../command-line/failure.ts";

/**
 * Returns the YAML documents under a spec folder, sorted, with paths relative to the working directory where they are
 * below it.
 *
 * @throws {UserError} when there is no such folder
 */
export function readSpecs(folder: string): SpecFile[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UserError(`no spec folder at ${folder}: name one with --specs DIR`);
  }
  const below = relative(process.cwd(), resolve(folder));
  const shown = below.startsWith("..") ? folder : below;
  return globSync("**/*.{yaml,yml}", { cwd: folder })
    .toSorted()
    .map((path) => ({
      path: join(shown, path),
      text: readFileSync(join(folder, path), "utf8"),
    }));
}
