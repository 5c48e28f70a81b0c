/** Options that several commands take, and the values of options. */
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";

/** `--specs <dir>`. Default: `specs`. */
export function specsOption(): Option {
  return new Option("--specs <dir>", "folder of the specs").default("specs");
}

/** `--json`: the answer as one JSON document on standard output. */
export function jsonOption(): Option {
  return new Option("--json", "machine-readable output");
}

/** `--state <dir>` of the local deployment. */
export function localStateOption(): Option {
  return new Option(
    "--state <dir>",
    "folder of the local deployment's state (default: .flotilla/local)",
  );
}

/** `--state <dir>` of a controller. */
export function controllerStateOption(): Option {
  return new Option(
    "--state <dir>",
    "the controller's state folder (default: .flotilla/controller)",
  );
}

/** Where a controller is, and the token for it: `ControllerFlags` of the controller's client. */
export function addControllerOptions(command: Command): Command {
  return command
    .option(
      "--controller <url>",
      "the controller's address (default: FLOTILLA_CONTROLLER, else http://127.0.0.1:4400)",
    )
    .option("--token-file <file>", "file with the token (default: the value of FLOTILLA_TOKEN)");
}

/** @throws {InvalidArgumentError} unless the value is a number from 0 */
export function parseNumber(value: string): number {
  const parsed = Number(value);
  if (value === "" || !Number.isFinite(parsed) || parsed < 0) {
    throw new InvalidArgumentError("It must be a number from 0.");
  }
  return parsed;
}

/** @throws {InvalidArgumentError} unless the value is a port that leaves room for those above it */
export function parsePort(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65_000) {
    throw new InvalidArgumentError("It must be a whole number from 0 to 65000.");
  }
  return port;
}
