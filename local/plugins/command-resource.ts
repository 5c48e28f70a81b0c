/** The resource `command:local:Command`: runs a shell command when it is created, changed or deleted. */
import { randomBytes } from "node:crypto";
import { runCommand } from "./run-command.ts";
import type { PropertyFailure, ResourceContext, ResourceKind } from "./serve.ts";
import { type PropertyValue, type Props, hasUnknown, isSame } from "./wire-values.ts";

const ARGUMENTS = [
  "create",
  "update",
  "delete",
  "dir",
  "environment",
  "interpreter",
  "logging",
  "stdin",
  "addPreviousOutputInEnv",
];
const UNSUPPORTED = ["assetPaths", "archivePaths"];

export const commandKind: ResourceKind = {
  derivedOutputs: ["stdout", "stderr"],
  check: checkCommand,
  /** A change of `triggers` replaces the resource, unless it has an `update` command to run instead. */
  diff(olds, news) {
    const triggered = isChanged(olds["triggers"], news["triggers"]);
    const changes = triggered || ARGUMENTS.some((name) => isChanged(olds[name], news[name]));
    return { changes, replaces: triggered && news["update"] === undefined ? ["triggers"] : [] };
  },
  async create(inputs, context) {
    return {
      id: `command${randomBytes(4).toString("hex")}`,
      outs: await run(inputs["create"], inputs, {}, context),
    };
  },
  /** A command that ran can't be read back: the state is all there is. */
  read: (id, props) => Promise.resolve({ id, props }),
  update: (_id, olds, news, context) => run(news["update"] ?? news["create"], news, olds, context),
  async delete(_id, props, context) {
    await run(props["delete"], props, props, context);
  },
};

function checkCommand(inputs: Props): readonly PropertyFailure[] {
  return UNSUPPORTED.filter((name) => inputs[name] !== undefined).map((property) => ({
    property,
    reason: `the stand-in for the plugin command has no \`${property}\`: pulumi plugin install resource command v1.2.1`,
  }));
}

function isChanged(old: PropertyValue | undefined, wanted: PropertyValue | undefined): boolean {
  return hasUnknown(wanted) || !isSame(old, wanted);
}

/** Runs `command` with the arguments in `inputs` and returns the new outputs; without a command, the previous outputs stay. */
async function run(
  command: PropertyValue | undefined,
  inputs: Props,
  previous: Props,
  context: ResourceContext,
): Promise<Props> {
  const kept = { stdout: previous["stdout"] ?? "", stderr: previous["stderr"] ?? "" };
  if (typeof command !== "string") return { ...inputs, ...kept };
  const { dir, stdin, interpreter, logging = "stdoutAndStderr" } = inputs;
  const outputs = await runCommand({
    command,
    ...(typeof dir === "string" ? { dir } : {}),
    ...(typeof stdin === "string" ? { stdin } : {}),
    ...(Array.isArray(interpreter) ? { interpreter: interpreter as readonly string[] } : {}),
    environment: {
      ...(inputs["environment"] as Record<string, string> | undefined),
      ...previousOutput(inputs, kept),
    },
    onLine(line, from) {
      if (logging === from || logging === "stdoutAndStderr") context.info(line);
    },
  });
  return { ...inputs, ...outputs };
}

function previousOutput(
  inputs: Props,
  previous: { readonly stdout: PropertyValue; readonly stderr: PropertyValue },
): Record<string, string> {
  if (inputs["addPreviousOutputInEnv"] === false) return {};
  return {
    ...(typeof previous.stdout === "string" && previous.stdout
      ? { PULUMI_COMMAND_STDOUT: previous.stdout }
      : {}),
    ...(typeof previous.stderr === "string" && previous.stderr
      ? { PULUMI_COMMAND_STDERR: previous.stderr }
      : {}),
  };
}
