/** One host: a Fly Machine running one Process Compose project, with its volume if it carries data. */
import * as pulumi from "@pulumi/pulumi";
import type { HostDesired, RolloutDesired } from "../compiler/model/desired.ts";
import { Machine, Volume } from "../providers/fly/resources.ts";
import type { GlobalOutputs } from "./global-outputs.ts";

export interface StackHostArgs {
  readonly app: string;
  readonly host: HostDesired;
  /** Identity of the app and digests of its secrets. */
  readonly global: GlobalOutputs;
  readonly rollout: RolloutDesired;
  /** Adopt a Machine and a volume of the host's names that flotilla didn't create. */
  readonly adopt: boolean;
}

export class StackHost extends pulumi.ComponentResource {
  declare readonly machineId: pulumi.Output<string>;
  /** Changes with every write of the Machine's configuration. */
  declare readonly version: pulumi.Output<string>;
  declare readonly privateIp: pulumi.Output<string>;
  declare readonly volumeId: pulumi.Output<string> | undefined;

  constructor(name: string, args: StackHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("flotilla:host:StackHost", name, {}, opts);
    const { host, global, rollout } = args;
    const identity = { app: args.app, appId: global.appId, region: host.region };

    const adopt = args.adopt ? { adopt: true } : {};

    this.volumeId = host.volume
      ? new Volume(
          `${name}-data`,
          { ...identity, ...adopt, name: host.volume.name, sizeGb: host.volume.sizeGb },
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
        files: host.files,
        slots: host.slots,
        active: host.active,
        ...(this.volumeId ? { volumeId: this.volumeId } : {}),
        secretDigests: digestsOf(host, global),
        secretsVersion: global.secretsVersion,
        healthTimeoutSeconds: rollout.healthTimeoutSeconds,
        maxUnavailable: rollout.maxUnavailable,
        minHealthySeconds: rollout.minHealthySeconds,
        ...adopt,
      },
      { parent: this },
    );

    this.machineId = machine.machineId;
    this.version = machine.instanceId;
    this.privateIp = machine.privateIp;
    this.registerOutputs({ machineId: this.machineId, privateIp: this.privateIp });
  }
}

/** Returns the digests of the secrets that this host reads: the change of another secret must not reboot it. */
function digestsOf(host: HostDesired, global: GlobalOutputs): Record<string, string> {
  return Object.fromEntries(
    host.secrets.map((secret) => [secret, global.secretDigests[secret] ?? "unset"]),
  );
}
