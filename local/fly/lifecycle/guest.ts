/** A Machine as its runner gets it: with decrypted secrets and the addresses behind `*.internal` names. */
import { hostIndexOf, placeAddress } from "../../machines/addresses.ts";
import type { Guest } from "../../machines/runner.ts";
import type { MachineRecord } from "../store/records.ts";
import type { FlyStore } from "../store/store.ts";

export function guestOf(store: FlyStore, octet: number, machine: MachineRecord): Guest {
  const secrets: Record<string, string> = {};
  for (const secret of store.secrets.all()) {
    if (secret.app === machine.app) secrets[secret.name] = store.secretBox.open(secret.sealed);
  }
  return {
    app: machine.app,
    id: machine.id,
    name: machine.name,
    region: machine.region,
    instanceId: machine.instance_id,
    address: machine.address,
    config: machine.config,
    secrets,
    resolve: (name) => resolveInternal(store, octet, name),
  };
}

/**
 * Returns the address of three of Fly's 6PN names: `<host>.host.kv._metadata.<app>.internal` (computed, so that a host slot
 * has its address before it has a Machine), `<id>.vm.<app>.internal`, and `<region>.<app>.internal` (the region's first host).
 */
export function resolveInternal(store: FlyStore, octet: number, name: string): string | undefined {
  const host = /^([a-z]{3})-(\d+)\.host\.kv\._metadata\.([a-z0-9-]+)\.internal$/.exec(name);
  if (host) {
    const [, region = "", index = "", app = ""] = host;
    const hostIndex = hostIndexOf(`${region}-${index}`, region);
    return hostIndex === undefined ? undefined : slotAddress(store, octet, app, region, hostIndex);
  }
  const vm = /^([0-9a-f]{14})\.vm\.([a-z0-9-]+)\.internal$/.exec(name);
  if (vm) {
    const machine = store.machines.get(vm[1] ?? "");
    return machine?.app === vm[2] ? machine?.address : undefined;
  }
  const first = /^([a-z]{3})\.([a-z0-9-]+)\.internal$/.exec(name);
  return first ? slotAddress(store, octet, first[2] ?? "", first[1] ?? "", 0) : undefined;
}

function slotAddress(
  store: FlyStore,
  octet: number,
  appName: string,
  region: string,
  hostIndex: number,
): string | undefined {
  const app = store.apps.get(appName);
  return app && placeAddress({ octet, appIndex: app.index, region, hostIndex });
}
