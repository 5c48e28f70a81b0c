/** All records of the API, and notifications of writes for those who wait for a Machine's state. */
import { EventEmitter } from "node:events";
import { join } from "node:path";
import { openDocuments, type Documents } from "./documents.ts";
import type {
  AddressRecord,
  AppRecord,
  CertificateRecord,
  MachineRecord,
  SecretRecord,
  TokenRecord,
  VolumeRecord,
} from "./records.ts";
import { openSecretBox, type SecretBox } from "./secret-box.ts";

export interface FlyStore {
  readonly apps: Documents<AppRecord>;
  readonly machines: Documents<MachineRecord>;
  readonly volumes: Documents<VolumeRecord>;
  /** Keys are `<app>/<name>`. */
  readonly secrets: Documents<SecretRecord>;
  /** Keys are `<app>/<ip>`. */
  readonly addresses: Documents<AddressRecord>;
  /** Keys are `<app>/<hostname>`. */
  readonly certificates: Documents<CertificateRecord>;
  /** Keys are the tokens' hashes. */
  readonly tokens: Documents<TokenRecord>;
  readonly secretBox: SecretBox;
  /** Calls back on every write of the Machine's record; returns the function that ends this. */
  watchMachine(id: string, listener: () => void): () => void;
}

/** @param dir the state is below `<dir>/fly`, also that of earlier runs; undefined: in memory */
export function openFlyStore(dir?: string): FlyStore {
  const at = (name: string): string | undefined => dir && join(dir, "fly", name);
  const writes = new EventEmitter();
  writes.setMaxListeners(0);
  const machines = openDocuments<MachineRecord>(at("machines"));
  return {
    apps: openDocuments(at("apps")),
    machines: {
      ...machines,
      put(id, machine) {
        machines.put(id, machine);
        writes.emit(id);
      },
    },
    volumes: openDocuments(at("volumes")),
    secrets: openDocuments(at("secrets")),
    addresses: openDocuments(at("addresses")),
    certificates: openDocuments(at("certificates")),
    tokens: openDocuments(at("tokens")),
    secretBox: openSecretBox(at("key")),
    watchMachine(id, listener) {
      writes.on(id, listener);
      return () => writes.off(id, listener);
    },
  };
}
