/** `flotilla pause start|end`: holding the controller's hand for a time. */
import type { Pause } from "../../../controller/index.ts";
import { openController } from "../controller-api/client.ts";
import type { ControllerFlags } from "../controller-api/client.ts";

export interface PauseFlags extends ControllerFlags {
  readonly region?: string;
  readonly service?: string;
  readonly for?: string;
  readonly until?: string;
  readonly reason: string;
}

export async function runPauseStart(what: Pause["what"], flags: PauseFlags): Promise<void> {
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

export async function runPauseEnd(id: string, flags: ControllerFlags): Promise<void> {
  await openController(flags).endPause(id);
  console.log(`pause ${id} has ended`);
}
