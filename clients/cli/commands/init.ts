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
import type { Command } from "commander";
import { specJsonSchema } from "../../../compiler/compile.ts";
import { UserError } from "../command-line/failure.ts";

const starter = join(import.meta.dirname, "../starter");

/**
 * `flotilla init DIR`: writes a commented starter spec and the schema that its comments point to, so that an editor
 * completes from the first key on. Exits with 2 when DIR already has a spec, or can't be written; overwrites nothing.
 */
export function define(command: Command): void {
  command.argument("<dir>", "folder to create").action(writeStarter);
}

function writeStarter(folder: string): void {
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

/** Refuses a folder that has any spec: a second Fleet beside the first would be an error. */
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
