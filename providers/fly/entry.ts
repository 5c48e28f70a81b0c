/**
 * Where Pulumi's dynamic provider enters. FROZEN PATH AND NAMES: the state of every resource made so far points
 * here, so this must read all state that older versions wrote. It is loaded by `require`, so nothing in its import
 * graph may have a top-level await.
 */
import {
  checkAppSecrets,
  convergeAppSecrets,
  deleteAppSecrets,
  diffAppSecrets,
  readAppSecrets,
} from "./app-secrets.ts";
import { checkApp, convergeApp, deleteApp, diffApp, readApp } from "./app.ts";
import type { ResourceMethods } from "./contract.ts";
import { defaultFly } from "./default-fly.ts";
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

export const app: ResourceMethods = {
  check: checkApp,
  diff: (_id, olds, news) => diffApp(olds, news),
  create: async (inputs) => convergeApp(defaultFly(), inputs),
  read: async (_id, props) => readApp(defaultFly(), props),
  update: async (_id, _olds, news) => ({ outs: (await convergeApp(defaultFly(), news)).outs }),
  delete: async (_id, props) => deleteApp(defaultFly(), props),
};

export const ipAddress: ResourceMethods = {
  check: checkIpAddress,
  diff: (_id, olds, news) => diffIpAddress(olds, news),
  create: async (inputs) => convergeIpAddress(defaultFly(), inputs),
  read: async (id, props) => readIpAddress(defaultFly(), id, props),
  update: async (_id, _olds, news) => ({
    outs: (await convergeIpAddress(defaultFly(), news)).outs,
  }),
  delete: async (_id, props) => deleteIpAddress(defaultFly(), props),
};

export const appSecrets: ResourceMethods = {
  check: checkAppSecrets,
  diff: (_id, olds, news) => diffAppSecrets(olds, news),
  create: async (inputs) => convergeAppSecrets(defaultFly(), inputs, {}),
  read: async (id, props) => readAppSecrets(defaultFly(), id, props),
  update: async (_id, olds, news) => ({
    outs: (await convergeAppSecrets(defaultFly(), news, olds)).outs,
  }),
  delete: async (_id, props) => deleteAppSecrets(defaultFly(), props),
};

export const volume: ResourceMethods = {
  check: checkVolume,
  diff: (_id, olds, news) => diffVolume(olds, news),
  create: async (inputs) => convergeVolume(defaultFly(), inputs, {}),
  read: async (id, props) => readVolume(defaultFly(), id, props),
  update: async (_id, olds, news) => ({
    outs: (await convergeVolume(defaultFly(), news, olds)).outs,
  }),
  // Never: data outlives the stack. `flotilla volumes prune` deletes one on purpose.
  delete: async () => {},
};

export const machine: ResourceMethods = {
  check: checkMachine,
  diff: (_id, olds, news) => diffMachine(olds, news),
  create: async (inputs) => convergeMachine(defaultFly(), inputs, {}),
  read: async (id, props) => readMachine(defaultFly(), id, props),
  update: async (_id, olds, news) => ({
    outs: (await convergeMachine(defaultFly(), news, olds)).outs,
  }),
  delete: async (_id, props) => deleteMachine(defaultFly(), props),
};
