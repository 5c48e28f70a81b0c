/**
 * Slots as a Machine's environment tells them to the image's entry script: `FLOTILLA_SLOTS="mailer=2 worker=4"` and
 * `ACTIVE_WORKER="2"`. The program hands slots over as records (`MachineInputs.slots` and `active`). They are read from
 * an environment only where there is no record: in a state that an older version of flotilla wrote, and in a Machine
 * as Fly answers it, whose environment says what it booted with.
 */
import type { MachineConfig, SlotCounts } from "../../../compiler/model/machine-config.ts";

export interface EnvironmentSlots {
  /** Slots that the host has, per service. */
  readonly slots: SlotCounts;
  /** Slots that are on at boot, for the same services. */
  readonly active: SlotCounts;
}

/** Returns the slots of the services that `FLOTILLA_SLOTS` names. A count that is no number is 0. */
export function slotsOfEnvironment(environment: MachineConfig["env"]): EnvironmentSlots {
  const slots = Object.fromEntries(
    (environment["FLOTILLA_SLOTS"] ?? "").split(" ").flatMap((entry) => {
      const [name, count] = entry.split("=");
      return name ? [[name, Number(count) || 0]] : [];
    }),
  );
  return { slots, active: bootActive(environment, Object.keys(slots)) };
}

/** Returns how many slots of each named service are on after a boot with this environment. */
export function bootActive(
  environment: MachineConfig["env"],
  services: readonly string[],
): SlotCounts {
  return Object.fromEntries(
    services.map((name) => {
      const count = environment[`ACTIVE_${name.toUpperCase().replaceAll("-", "_")}`];
      return [name, Number.parseInt(count ?? "0", 10) || 0];
    }),
  );
}

/** Says whether the variable only decides what is on at the next boot, so that it tells nothing about what runs. */
export function isBootDefault(name: string): boolean {
  return name.startsWith("ACTIVE_");
}
