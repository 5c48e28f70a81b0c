#!/usr/bin/env node
/** The `flotilla` command. */
import { CommanderError } from "commander";
import { exitCodeOf, formatFailure } from "./command-line/failure.ts";
import { assembleProgram } from "./command-line/program.ts";
import { COMMANDS } from "./commands/index.ts";

try {
  await assembleProgram(COMMANDS).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    console.error(formatFailure(error));
    process.exitCode = exitCodeOf(error);
  }
}
