import { Command, CommanderError } from "commander";
import { describe, test } from "vitest";
import { assembleProgram } from "../../clients/cli/command-line/program.ts";
import type { CommandListItem } from "../../clients/cli/command-line/program.ts";
import { COMMANDS } from "../../clients/cli/commands/index.ts";

interface Recorded {
  readonly program: Command;
  /** Names of the commands whose files were loaded, and what ran, in order. */
  readonly events: string[];
  readonly shown: () => string;
}

/** A program with one command beside a group whose second command is its default. */
function record(): Recorded {
  const events: string[] = [];
  const entry = (name: string, isDefault?: true): CommandListItem => ({
    name,
    about: `about ${name}`,
    ...(isDefault === undefined ? {} : { isDefault }),
    load: async () => {
      events.push(`load ${name}`);
      return {
        define(command) {
          command.option("--flag", "a flag").action((flags: object) => {
            events.push(`run ${name} ${JSON.stringify(flags)}`);
          });
        },
      };
    },
  });
  const group = {
    name: "group",
    about: "about group",
    commands: [entry("one"), entry("two", true)],
  };
  const program = assembleProgram([entry("alone"), group]);
  let shown = "";
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap((each) => each.commands),
  ])
    command.configureOutput({
      writeOut: (text) => (shown += text),
      writeErr: (text) => (shown += text),
    });
  return { program, events, shown: () => shown };
}

async function run(
  { program }: Recorded,
  ...args: readonly string[]
): Promise<CommanderError | undefined> {
  try {
    await program.parseAsync(args, { from: "user" });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error;
    throw error;
  }
}

describe("the assembled program", () => {
  test("loads the file of the command that runs, and no other", async ({ expect }) => {
    const recorded = record();
    await run(recorded, "group", "one", "--flag");
    expect(recorded.events).toEqual(["load one", 'run one {"flag":true}']);
  });

  test("runs a group's default command with its options", async ({ expect }) => {
    const recorded = record();
    await run(recorded, "group", "--flag");
    expect(recorded.events).toEqual(["load two", 'run two {"flag":true}']);
  });

  test("shows the help of a group without loading a file", async ({ expect }) => {
    const recorded = record();
    expect((await run(recorded, "--help"))?.exitCode).toBe(0);
    expect(recorded.events).toEqual([]);
    expect(recorded.shown()).toContain("about alone");
  });

  test.for([
    ["alone", "--help"],
    ["help", "alone"],
  ])("shows a command's options with `%s %s`", async (args, { expect }) => {
    const recorded = record();
    expect((await run(recorded, ...args))?.exitCode).toBe(0);
    expect(recorded.events).toEqual(["load alone"]);
    expect(recorded.shown()).toContain("--flag");
  });

  test("refuses the help of an unknown command", async ({ expect }) => {
    expect((await run(record(), "help", "other"))?.exitCode).not.toBe(0);
  });
});

describe("every command", () => {
  const entries = COMMANDS.flatMap((item) => flatten(item, []));
  test.for(entries)("%s defines its arguments and options", async ([, load], { expect }) => {
    const command = new Command();
    (await load()).define(command);
    for (const { description } of [...command.options, ...command.registeredArguments])
      expect(description).not.toBe("");
  });
});

type Entry = Extract<CommandListItem, { readonly load: unknown }>;

function flatten(item: CommandListItem, parents: readonly string[]): [string, Entry["load"]][] {
  const words = [...parents, item.name];
  if ("load" in item) return [[words.join(" "), item.load]];
  return item.commands.flatMap((each) => flatten(each, words));
}
