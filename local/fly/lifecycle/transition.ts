/** Writes a Machine's changes of state and its events. */
import type { Clock } from "../../../lib/clock.ts";
import type { MachineEvent, MachineRecord, MachineState } from "../store/records.ts";
import type { FlyStore } from "../store/store.ts";
import { ulid } from "../wire/ids.ts";

const EVENTS_KEPT = 50;

/** An event to be noted with the transition. Source `user` stands for a call to the API, `flyd` for the host's own doing. */
export type TransitionEvent = Pick<MachineEvent, "type"> &
  Partial<Pick<MachineEvent, "source" | "request">>;

/** Sets the state, notes the event, and saves the record, which also wakes those who wait for a state. */
export function transition(
  { store, clock }: { readonly store: FlyStore; readonly clock: Clock },
  machine: MachineRecord,
  state: MachineState,
  event?: TransitionEvent,
): void {
  const now = clock.now();
  machine.state = state;
  machine.updated_at = new Date(now).toISOString();
  if (event !== undefined) {
    const { type, source = "flyd", request } = event;
    const entry = { id: ulid(now), type, status: state, source, timestamp: now, request };
    machine.events = [entry, ...machine.events].slice(0, EVENTS_KEPT);
  }
  store.machines.put(machine.id, machine);
}
