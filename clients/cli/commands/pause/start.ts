import { Argument, Option } from "commander";
import type { Command } from "commander";
import type { Pause } from "../../../../controller/index.ts";
import { addControllerOptions } from "../../command-line/options.ts";
import { openController } from "../../controller-api/client.ts";
import type { ControllerFlags } from "../../controller-api/client.ts";

const KINDS: readonly Pause["what"][] = ["autoscale", "repair", "all"];

/** `flotilla pause start WHAT`. */
export function define(command: Command): void {
  addControllerOptions(command)
    .addArgument(new Argument("<what>", "what the controller stops doing").choices(KINDS))
    .option("--region <region>", "only in this region")
    .option("--service <service>", "only this service")
    .addOption(new Option("--for <duration>", "e.g. 30m").conflicts("until"))
    .option("--until <time>", "end of the pause, RFC 3339")
    .requiredOption("--reason <text>", "shown while the pause lasts")
    .action(startPause);
}

interface PauseFlags extends ControllerFlags {
  readonly region?: string;
  readonly service?: string;
  readonly for?: string;
  readonly until?: string;
  readonly reason: string;
}

async function startPause(what: Pause["what"], flags: PauseFlags): Promise<void> {
  const { region, service, for: duration, until, reason } = flags;
  const pause = await openController(flags).startPause({
    what,
    ...(region === undefined ? {} : { region }),
    ...(service === undefined ? {} : { service }),
    ...(duration === undefined ? {} : { for: duration }),
    ...(until === undefined ? {} : { until }),
    reason,
  });
  console.log(
    `pause ${pause.id} of ${what} until ${pause.until}; end it earlier with \`flotilla pause end ${pause.id}\``,
  );
}
