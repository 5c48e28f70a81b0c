/** Assembles the `flotilla` program from its list of commands. */
import { Command } from "commander";

/** One line of the list of commands. */
export type CommandListItem = CommandEntry | CommandGroup;

export interface CommandEntry {
  readonly name: string;
  /** One line for the help of the command's group. */
  readonly about: string;
  /** The group's command when none is named. */
  readonly isDefault?: true;
  /** Loads the command's file only when the command runs or shows its help, so that the list costs nothing. */
  readonly load: () => Promise<CommandFile>;
}

/** What the file of a command exports. */
export interface CommandFile {
  /** Adds arguments, options and the action to the command. */
  define(command: Command): void;
}

export interface CommandGroup {
  readonly name: string;
  readonly about: string;
  readonly commands: readonly CommandListItem[];
}

export function assembleProgram(commands: readonly CommandListItem[]): Command {
  const program = new Command("flotilla")
    .description("One YAML spec, a flotilla of regional Process Compose stacks on Fly.io")
    .exitOverride()
    .addHelpText("after", "\nExit codes: 0 fine, 1 our bug, 2 your input, 3 a remote side failed");
  addCommands(program, commands);
  return program;
}

function addCommands(parent: Command, items: readonly CommandListItem[]): void {
  const entries = new Map<Command, CommandEntry>();
  for (const item of items) {
    const isDefault = "isDefault" in item;
    const command = parent.command(item.name, { isDefault }).description(item.about);
    if ("commands" in item) addCommands(command, item.commands);
    else entries.set(command, item);
  }
  const define = async (command: Command): Promise<void> => {
    (await entries.get(command)?.load())?.define(command);
  };
  parent.hook("preSubcommand", (_parent, command) => define(command));
  addHelpCommand(parent, define);
}

/** Commander's own `help` command would show the help of a command whose file isn't loaded. */
function addHelpCommand(parent: Command, define: (command: Command) => Promise<void>): void {
  parent
    .helpCommand(false)
    .command("help")
    .argument("[command]")
    .description("display help for command")
    .action(async (name: string | undefined) => {
      const command = parent.commands.find((each) => each.name() === name);
      if (command === undefined) return parent.help({ error: name !== undefined });
      await define(command);
      return command.help();
    });
}
