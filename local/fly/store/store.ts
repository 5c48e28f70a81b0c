/** All records of the API, and news of Machines for those who wait. */
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
import { openSeal, type Seal } from "./secret-box.ts";

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
  readonly seal: Seal;
  /** Calls back on every write of the Machine; returns what ends it. */
  watchMachine(id: string, listener: () => void): () => void;
}

/** @param dir state of an earlier run is read from `<dir>/fly`; in memory when undefined. */
export function openFlyStore(dir?: string): FlyStore {
  const at = (name: string): string | undefined => dir && join(dir, "fly", name);
  const news = new EventEmitter();
  news.setMaxListeners(0);
  const machines = openDocuments<MachineRecord>(at("machines"));
  return {
    apps: openDocuments(at("apps")),
    machines: {
      ...machines,
      put(id, machine) {
        machines.put(id, machine);
        news.emit(id);
      },
    },
    volumes: openDocuments(at("volumes")),
    secrets: openDocuments(at("secrets")),
    addresses: openDocuments(at("addresses")),
    certificates: openDocuments(at("certificates")),
    tokens: openDocuments(at("tokens")),
    seal: openSeal(at("key")),
    watchMachine(id, listener) {
      news.on(id, listener);
      return () => news.off(id, listener);
    },
  };
}
