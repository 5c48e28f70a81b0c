/** The methods that Pulumi calls, per resource type. All of them use the connection that `fly` returns. */
import {
  checkAppSecrets,
  convergeAppSecrets,
  deleteAppSecrets,
  diffAppSecrets,
  readAppSecrets,
} from "./app-secrets.ts";
import { checkApp, convergeApp, deleteApp, diffApp, readApp } from "./app.ts";
import type { ResourceMethods } from "../dynamic/resource-methods.ts";
import {
  checkCertificate,
  convergeCertificate,
  deleteCertificate,
  diffCertificate,
  readCertificate,
} from "./acme-certificate.ts";
import type { Fly } from "./api/client.ts";
import {
  checkIpAddress,
  convergeIpAddress,
  deleteIpAddress,
  diffIpAddress,
  readIpAddress,
} from "./ip-address.ts";
import {
  checkMachine,
  convergeMachine,
  deleteMachine,
  diffMachine,
  readMachine,
} from "./machine.ts";
import { checkVolume, convergeVolume, diffVolume, readVolume } from "./volume.ts";

/** The keys are the names that `../loader.ts` reads from `entry.ts`. */
export type FlyMethods = Readonly<
  Record<
    "app" | "ipAddress" | "appSecrets" | "acmeCertificate" | "volume" | "machine",
    ResourceMethods
  >
>;

export function createMethods(fly: () => Fly): FlyMethods {
  const app: ResourceMethods = {
    check: checkApp,
    diff: (_id, olds, news) => diffApp(olds, news),
    create: async (inputs) => convergeApp(fly(), inputs),
    read: async (_id, props) => readApp(fly(), props),
    update: async (_id, _olds, news) => ({ outs: (await convergeApp(fly(), news)).outs }),
    delete: async (_id, props) => deleteApp(fly(), props),
  };

  const ipAddress: ResourceMethods = {
    check: checkIpAddress,
    diff: (_id, olds, news) => diffIpAddress(olds, news),
    create: async (inputs) => convergeIpAddress(fly(), inputs),
    read: async (id, props) => readIpAddress(fly(), id, props),
    update: async (_id, _olds, news) => ({
      outs: (await convergeIpAddress(fly(), news)).outs,
    }),
    delete: async (_id, props) => deleteIpAddress(fly(), props),
  };

  const appSecrets: ResourceMethods = {
    check: checkAppSecrets,
    diff: (_id, olds, news) => diffAppSecrets(olds, news),
    create: async (inputs) => convergeAppSecrets(fly(), inputs, {}),
    read: async (id, props) => readAppSecrets(fly(), id, props),
    update: async (_id, olds, news) => ({
      outs: (await convergeAppSecrets(fly(), news, olds)).outs,
    }),
    delete: async (_id, props) => deleteAppSecrets(fly(), props),
  };

  const acmeCertificate: ResourceMethods = {
    check: checkCertificate,
    diff: (_id, olds, news) => diffCertificate(olds, news),
    create: async (inputs) => convergeCertificate(fly(), inputs),
    read: async (id, props) => readCertificate(fly(), id, props),
    update: async (_id, _olds, news) => ({ outs: (await convergeCertificate(fly(), news)).outs }),
    delete: async (_id, props) => deleteCertificate(fly(), props),
  };

  const volume: ResourceMethods = {
    check: checkVolume,
    diff: (_id, olds, news) => diffVolume(olds, news),
    create: async (inputs) => convergeVolume(fly(), inputs, {}),
    read: async (id, props) => readVolume(fly(), id, props),
    update: async (_id, olds, news) => ({
      outs: (await convergeVolume(fly(), news, olds)).outs,
    }),
    // Data outlives the stack, so nothing is deleted here: `flotilla volumes prune` does it on request.
    delete: async () => {},
  };

  const machine: ResourceMethods = {
    check: checkMachine,
    diff: (_id, olds, news) => diffMachine(olds, news),
    create: async (inputs) => convergeMachine(fly(), inputs, {}),
    read: async (id, props) => readMachine(fly(), id, props),
    update: async (_id, olds, news) => ({
      outs: (await convergeMachine(fly(), news, olds)).outs,
    }),
    delete: async (_id, props) => deleteMachine(fly(), props),
  };

  return { app, ipAddress, appSecrets, acmeCertificate, volume, machine };
}
