import { Option } from "commander";
import type { Command } from "commander";
import { addControllerOptions, jsonOption, parseNumber } from "../../command-line/options.ts";
import { openController } from "../../controller-api/client.ts";
import type { ControllerFlags } from "../../controller-api/client.ts";

/** `flotilla scale burst SERVICE`. */
export function define(command: Command): void {
  addControllerOptions(command)
    .argument("<service>", "name of the service")
    .requiredOption("--region <region>", "region to scale")
    .requiredOption("--to <count>", "number of replicas", parseNumber)
    .addOption(new Option("--for <duration>", "e.g. 30m").conflicts("until"))
    .option("--until <time>", "end of the burst, RFC 3339")
    .option("--reason <text>", "shown while the burst lasts", "by hand")
    .addOption(jsonOption())
    .action(startBurst);
}

interface BurstFlags extends ControllerFlags {
  readonly region: string;
  readonly to: number;
  readonly for?: string;
  readonly until?: string;
  readonly reason: string;
  readonly json?: true;
}

async function startBurst(service: string, flags: BurstFlags): Promise<void> {
  const { region, to, for: duration, until, reason, json } = flags;
  const api = openController(flags);
  const burst = await api.startBurst({
    service,
    region,
    to,
    ...(duration === undefined ? {} : { for: duration }),
    ...(until === undefined ? {} : { until }),
    reason,
  });
  if (json) {
    console.log(JSON.stringify(burst, null, 2));
    return;
  }
  const { services } = await api.status();
  const strategy = services.find(({ name }) => name === service)?.strategy;
  const added = strategy === "local" ? "a process on the existing hosts" : "a host";
  console.log(
    `each additional replica of ${service} adds ${added}: its \`scale_strategy\` is \`${strategy}\``,
  );
  console.log(
    `burst ${burst.id}: ${service} in ${region} to ${burst.to} until ${burst.until}; end it earlier with \`flotilla scale end ${burst.id}\``,
  );
}
