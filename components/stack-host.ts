/** One host: a Fly Machine running one Process Compose project, with its volume if it carries data. */
import * as pulumi from "@pulumi/pulumi";
import type { HostDesired } from "../compiler/render/desired.ts";
import { Machine, Volume } from "../providers/fly/resources.ts";
import type { GlobalOutputs } from "./global-outputs.ts";

export interface StackHostArgs {
  readonly app: string;
  readonly host: HostDesired;
  /** What stack `global` says of the app and its secrets. */
  readonly global: GlobalOutputs;
  /** How long the Machine may take from its start to passing checks. */
  readonly healthTimeoutSeconds: number;
}

export class StackHost extends pulumi.ComponentResource {
  declare readonly machineId: pulumi.Output<string>;
  declare readonly privateIp: pulumi.Output<string>;
  declare readonly volumeId: pulumi.Output<string> | undefined;

  constructor(name: string, args: StackHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("flotilla:host:StackHost", name, {}, opts);
    const { host, global } = args;
    const identity = { app: args.app, appId: global.appId, region: host.region };

    this.volumeId = host.volume
      ? new Volume(
          `${name}-data`,
          { ...identity, name: host.volume.name, sizeGb: host.volume.sizeGb },
          { parent: this },
        ).volumeId
      : undefined;
    const machine = new Machine(
      `${name}-machine`,
      {
        ...identity,
        name: host.name,
        state: host.state,
        config: host.config,
        files: [...host.files],
        ...(this.volumeId ? { volumeId: this.volumeId } : {}),
        secretDigests: digestsOf(host, global),
        secretsVersion: global.secretsVersion,
        healthTimeoutSeconds: args.healthTimeoutSeconds,
      },
      { parent: this },
    );

    this.machineId = machine.machineId;
    this.privateIp = machine.privateIp;
    this.registerOutputs({ machineId: this.machineId, privateIp: this.privateIp });
  }
}

/** Only the secrets this host reads: another secret's change must not reboot it. */
function digestsOf(host: HostDesired, global: GlobalOutputs): Record<string, string> {
  return Object.fromEntries(
    host.secrets.map((secret) => [secret, global.secretDigests[secret] ?? "unset"]),
  );
}
