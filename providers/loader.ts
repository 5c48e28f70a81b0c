/**
 * The thin provider objects. Pulumi turns each into text, stores that text in the state of every resource and
 * evaluates it in another process, so nothing is captured here and nothing may change by accident: a type
 * annotation, a blank or a renamed parameter is a diff of every resource. The two entry paths are frozen.
 */
import type * as pulumi from "@pulumi/pulumi";

export const appProvider: pulumi.dynamic.ResourceProvider = {
  check: (o, n) => require(process.cwd() + "/providers/fly/entry.ts").app.check(o, n),
  diff: (id, o, n) => require(process.cwd() + "/providers/fly/entry.ts").app.diff(id, o, n),
  create: (i) => require(process.cwd() + "/providers/fly/entry.ts").app.create(i),
  read: (id, p) => require(process.cwd() + "/providers/fly/entry.ts").app.read(id, p),
  update: (id, o, n) => require(process.cwd() + "/providers/fly/entry.ts").app.update(id, o, n),
  delete: (id, p) => require(process.cwd() + "/providers/fly/entry.ts").app.delete(id, p),
};

export const ipAddressProvider: pulumi.dynamic.ResourceProvider = {
  check: (o, n) => require(process.cwd() + "/providers/fly/entry.ts").ipAddress.check(o, n),
  diff: (id, o, n) => require(process.cwd() + "/providers/fly/entry.ts").ipAddress.diff(id, o, n),
  create: (i) => require(process.cwd() + "/providers/fly/entry.ts").ipAddress.create(i),
  read: (id, p) => require(process.cwd() + "/providers/fly/entry.ts").ipAddress.read(id, p),
  update: (id, o, n) => require(process.cwd() + "/providers/fly/entry.ts").ipAddress.update(id, o, n),
  delete: (id, p) => require(process.cwd() + "/providers/fly/entry.ts").ipAddress.delete(id, p),
};

export const appSecretsProvider: pulumi.dynamic.ResourceProvider = {
  check: (o, n) => require(process.cwd() + "/providers/fly/entry.ts").appSecrets.check(o, n),
  diff: (id, o, n) => require(process.cwd() + "/providers/fly/entry.ts").appSecrets.diff(id, o, n),
  create: (i) => require(process.cwd() + "/providers/fly/entry.ts").appSecrets.create(i),
  read: (id, p) => require(process.cwd() + "/providers/fly/entry.ts").appSecrets.read(id, p),
  update: (id, o, n) => require(process.cwd() + "/providers/fly/entry.ts").appSecrets.update(id, o, n),
  delete: (id, p) => require(process.cwd() + "/providers/fly/entry.ts").appSecrets.delete(id, p),
};

export const volumeProvider: pulumi.dynamic.ResourceProvider = {
  check: (o, n) => require(process.cwd() + "/providers/fly/entry.ts").volume.check(o, n),
  diff: (id, o, n) => require(process.cwd() + "/providers/fly/entry.ts").volume.diff(id, o, n),
  create: (i) => require(process.cwd() + "/providers/fly/entry.ts").volume.create(i),
  read: (id, p) => require(process.cwd() + "/providers/fly/entry.ts").volume.read(id, p),
  update: (id, o, n) => require(process.cwd() + "/providers/fly/entry.ts").volume.update(id, o, n),
  delete: (id, p) => require(process.cwd() + "/providers/fly/entry.ts").volume.delete(id, p),
};

export const machineProvider: pulumi.dynamic.ResourceProvider = {
  check: (o, n) => require(process.cwd() + "/providers/fly/entry.ts").machine.check(o, n),
  diff: (id, o, n) => require(process.cwd() + "/providers/fly/entry.ts").machine.diff(id, o, n),
  create: (i) => require(process.cwd() + "/providers/fly/entry.ts").machine.create(i),
  read: (id, p) => require(process.cwd() + "/providers/fly/entry.ts").machine.read(id, p),
  update: (id, o, n) => require(process.cwd() + "/providers/fly/entry.ts").machine.update(id, o, n),
  delete: (id, p) => require(process.cwd() + "/providers/fly/entry.ts").machine.delete(id, p),
};

export const certificateProvider: pulumi.dynamic.ResourceProvider = {
  check: (o, n) => require(process.cwd() + "/providers/keys/entry.ts").certificate.check(o, n),
  diff: (id, o, n) => require(process.cwd() + "/providers/keys/entry.ts").certificate.diff(id, o, n),
  create: (i) => require(process.cwd() + "/providers/keys/entry.ts").certificate.create(i),
  read: (id, p) => require(process.cwd() + "/providers/keys/entry.ts").certificate.read(id, p),
  update: (id, o, n) => require(process.cwd() + "/providers/keys/entry.ts").certificate.update(id, o, n),
  delete: (id, p) => require(process.cwd() + "/providers/keys/entry.ts").certificate.delete(id, p),
};

export const nkeysProvider: pulumi.dynamic.ResourceProvider = {
  check: (o, n) => require(process.cwd() + "/providers/keys/entry.ts").nkeys.check(o, n),
  diff: (id, o, n) => require(process.cwd() + "/providers/keys/entry.ts").nkeys.diff(id, o, n),
  create: (i) => require(process.cwd() + "/providers/keys/entry.ts").nkeys.create(i),
  read: (id, p) => require(process.cwd() + "/providers/keys/entry.ts").nkeys.read(id, p),
  update: (id, o, n) => require(process.cwd() + "/providers/keys/entry.ts").nkeys.update(id, o, n),
  delete: (id, p) => require(process.cwd() + "/providers/keys/entry.ts").nkeys.delete(id, p),
};

export const passwordsProvider: pulumi.dynamic.ResourceProvider = {
  check: (o, n) => require(process.cwd() + "/providers/keys/entry.ts").passwords.check(o, n),
  diff: (id, o, n) => require(process.cwd() + "/providers/keys/entry.ts").passwords.diff(id, o, n),
  create: (i) => require(process.cwd() + "/providers/keys/entry.ts").passwords.create(i),
  read: (id, p) => require(process.cwd() + "/providers/keys/entry.ts").passwords.read(id, p),
  update: (id, o, n) => require(process.cwd() + "/providers/keys/entry.ts").passwords.update(id, o, n),
  delete: (id, p) => require(process.cwd() + "/providers/keys/entry.ts").passwords.delete(id, p),
};

export const acmeCertificateProvider: pulumi.dynamic.ResourceProvider = {
  check: (o, n) => require(process.cwd() + "/providers/fly/entry.ts").acmeCertificate.check(o, n),
  diff: (id, o, n) => require(process.cwd() + "/providers/fly/entry.ts").acmeCertificate.diff(id, o, n),
  create: (i) => require(process.cwd() + "/providers/fly/entry.ts").acmeCertificate.create(i),
  read: (id, p) => require(process.cwd() + "/providers/fly/entry.ts").acmeCertificate.read(id, p),
  update: (id, o, n) => require(process.cwd() + "/providers/fly/entry.ts").acmeCertificate.update(id, o, n),
  delete: (id, p) => require(process.cwd() + "/providers/fly/entry.ts").acmeCertificate.delete(id, p),
};
