/** Where this checkout is, and where its specs are. */
import { globSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { UserError } from "../command-line/failure.ts";

/** Folder of `Pulumi.yaml` and `index.ts`. */
export const projectDir: string = resolve(import.meta.dirname, "../../..");

/**
 * The YAML documents under a spec folder, sorted, with paths as a person would type them.
 *
 * @throws {UserError} when there is no such folder
 */
export function readSpecs(folder: string): { path: string; text: string }[] {
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
