import {
  constants,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { specJsonSchema } from "../../../compiler/compile.ts";
import { UserError } from "../command-line/failure.ts";

const starter = join(import.meta.dirname, "../starter");

/**
 * `flotilla init DIR`: a commented starter spec and the schema its comments point to, so that an editor completes
 * from the first key on. Says what to do next.
 *
 * @throws {UserError} when DIR already has a spec or one of the files, or can't be written; nothing is overwritten
 */
export function runInit(folder: string): void {
  assertFree(folder);
  const files = globSync("**/*.yaml", { cwd: starter }).toSorted();
  try {
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      copyFileSync(join(starter, file), join(folder, file), constants.COPYFILE_EXCL);
    }
    const schema = `${JSON.stringify(specJsonSchema(), null, 2)}\n`;
    writeFileSync(join(folder, "schema.json"), schema, { flag: "wx" });
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new UserError(`the starter spec can't be written to ${folder}: ${cause.message}`, {
      cause,
    });
  }
  console.log(
    [
      ...[...files, "schema.json"].map((file) => `wrote ${join(folder, file)}`),
      "",
      "Next:",
      `  1. Put your names into ${join(folder, "fleet.yaml")}: the comments say what each key means.`,
      `  2. npx flotilla validate ${folder}`,
      `  3. npx flotilla local up --specs ${folder}    # on a cloud on this machine, without an account`,
    ].join("\n"),
  );
}

/** A second Fleet beside the first would be an error, so any spec that is there already is in the way. */
function assertFree(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isDirectory()) throw new UserError(`${folder} is not a folder: name one to create`);
  const [spec] = globSync("**/*.{yaml,yml}", { cwd: folder }).toSorted();
  const taken = spec ?? (existsSync(join(folder, "schema.json")) ? "schema.json" : undefined);
  if (taken === undefined) return;
  throw new UserError(
    `${join(folder, taken)} is there already, and nothing is overwritten: name another folder`,
  );
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}
