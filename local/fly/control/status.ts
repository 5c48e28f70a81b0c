/** The Machines and volumes as `/_local/status` lists them. */
import type { MachineRecord, TimedCheck } from "../store/records.ts";
import type { FlyStore } from "../store/store.ts";

export interface MachineStatus {
  readonly app: string;
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly state: MachineRecord["state"];
  readonly cordoned: boolean;
  readonly address: string;
  readonly checks: readonly TimedCheck[];
  readonly instance_id: string;
}

export interface LocalVolumeStatus {
  readonly app: string;
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly size_gb: number;
  readonly state: string;
  readonly attached_machine_id: string | null;
}

/** Returns every Machine that isn't destroyed, sorted by app and name. */
export function listMachines(store: FlyStore): readonly MachineStatus[] {
  return store.machines
    .all()
    .filter(({ state }) => state !== "destroyed")
    .map(({ app, id, name, region, state, cordoned, address, checks, instance_id }) => ({
      app,
      id,
      name,
      region,
      state,
      cordoned,
      address,
      checks,
      instance_id,
    }))
    .toSorted((a, b) => (`${a.app} ${a.name}` < `${b.app} ${b.name}` ? -1 : 1));
}

export function listVolumes(store: FlyStore): readonly LocalVolumeStatus[] {
  return store.volumes
    .all()
    .map(({ app, id, name, region, size_gb, state, attached_machine_id }) => ({
      app,
      id,
      name,
      region,
      size_gb,
      state,
      attached_machine_id,
    }));
}
