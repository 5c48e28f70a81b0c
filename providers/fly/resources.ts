/** Fly resources as the Pulumi program sees them. Their behaviour is in `entry.ts` and what it imports. */
import * as pulumi from "@pulumi/pulumi";
import type {
  MachineConfig,
  MachineFile,
  SlotCounts,
} from "../../compiler/model/machine-config.ts";
import {
  acmeCertificateProvider,
  appProvider,
  appSecretsProvider,
  ipAddressProvider,
  machineProvider,
  volumeProvider,
} from "../loader.ts";

export interface AppArgs {
  /** App name, unique on all of Fly. A change replaces. */
  readonly name: pulumi.Input<string>;
  /** Organization slug. A change replaces. */
  readonly organization: pulumi.Input<string>;
}

/** A Fly app. Its delete refuses while Machines or volumes exist. */
export class App extends pulumi.dynamic.Resource {
  declare readonly name: pulumi.Output<string>;
  /** Fly's immutable id: it proves later that a response is about this app and not about another of the same name. */
  declare readonly appId: pulumi.Output<string>;

  constructor(name: string, args: AppArgs, opts?: pulumi.CustomResourceOptions) {
    super(appProvider, name, { ...args, appId: undefined }, opts, "fly", "App");
  }
}

export interface IpAddressArgs {
  readonly app: pulumi.Input<string>;
  readonly appId: pulumi.Input<string>;
  readonly type: pulumi.Input<"v6" | "shared_v4">;
}

/** A public address of an app. An app has one of each type, so an existing one is adopted. */
export class IpAddress extends pulumi.dynamic.Resource {
  declare readonly address: pulumi.Output<string>;

  constructor(name: string, args: IpAddressArgs, opts?: pulumi.CustomResourceOptions) {
    super(ipAddressProvider, name, { ...args, address: undefined }, opts, "fly", "IpAddress");
  }
}

export interface AppSecretsArgs {
  readonly app: pulumi.Input<string>;
  readonly appId: pulumi.Input<string>;
  /** Secret name → value. Values of secrets that become files hold base64. */
  readonly values: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
}

/** The app's secrets as one set: names removed from it are unset, names it never had stay untouched. */
export class AppSecrets extends pulumi.dynamic.Resource {
  /** Fly's version of the set; a Machine write passes it as `min_secrets_version`. */
  declare readonly version: pulumi.Output<number>;
  /** Secret name → Fly's digest of the value. Not secret. */
  declare readonly digests: pulumi.Output<Readonly<Record<string, string>>>;

  constructor(name: string, args: AppSecretsArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      appSecretsProvider,
      name,
      { ...args, values: pulumi.secret(args.values), version: undefined, digests: undefined },
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["values"] }),
      "fly",
      "AppSecrets",
    );
  }
}

export interface AcmeCertificateArgs {
  readonly app: pulumi.Input<string>;
  readonly appId: pulumi.Input<string>;
  /** `app.example.com` or `*.example.com`. A change replaces. */
  readonly hostname: pulumi.Input<string>;
}

/** A certificate that Fly obtains and renews for a hostname once its DNS is right. Creating it doesn't wait for that. */
export class AcmeCertificate extends pulumi.dynamic.Resource {
  /** In Fly's shape: `a`, `aaaa`, `cname`, `acme_challenge {name, target}`, `ownership {name, app_value}`. */
  declare readonly dnsRequirements: pulumi.Output<Readonly<Record<string, unknown>>>;
  /** Fly's status as of the last run: `active`, or what is missing. */
  declare readonly status: pulumi.Output<string>;

  constructor(name: string, args: AcmeCertificateArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      acmeCertificateProvider,
      name,
      { ...args, dnsRequirements: undefined, status: undefined },
      opts,
      "fly",
      "Certificate",
    );
  }
}

export interface VolumeArgs {
  readonly app: pulumi.Input<string>;
  readonly appId: pulumi.Input<string>;
  /** `iad_0_data`. A change replaces. */
  readonly name: pulumi.Input<string>;
  /** Fly region code. A change replaces. */
  readonly region: pulumi.Input<string>;
  /** GB. Grows only. */
  readonly sizeGb: pulumi.Input<number>;
  /**
   * Use a volume of this name that is mounted by a Machine flotilla didn't create.
   *
   * @default false
   */
  readonly adopt?: pulumi.Input<boolean>;
}

/** A volume of one host. An unattached one of its name and region is adopted; Pulumi never deletes it. */
export class Volume extends pulumi.dynamic.Resource {
  /** Fly's `vol_…`. */
  declare readonly volumeId: pulumi.Output<string>;

  constructor(name: string, args: VolumeArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      volumeProvider,
      name,
      { ...args, volumeId: undefined },
      pulumi.mergeOptions({ retainOnDelete: true }, opts),
      "fly",
      "Volume",
    );
  }
}

export interface MachineArgs {
  readonly app: pulumi.Input<string>;
  readonly appId: pulumi.Input<string>;
  /** The host's name, unique per app. A change replaces. */
  readonly name: pulumi.Input<string>;
  /** Fly region code. A change replaces. */
  readonly region: pulumi.Input<string>;
  /** Hosts beyond the effective count are stopped and cordoned. */
  readonly state: pulumi.Input<"started" | "stopped">;
  /** Fly's Machine configuration without `files` and `mounts`. */
  readonly config: pulumi.Input<MachineConfig>;
  /** Become `config.files`. */
  readonly files: pulumi.Input<readonly MachineFile[]>;
  /** Slots that the host has, per service. `config.env` repeats them for the image's entry script. */
  readonly slots: pulumi.Input<SlotCounts>;
  /** Slots that are on, per service: a change switches them on the running Machine, without a reboot. */
  readonly active: pulumi.Input<SlotCounts>;
  /** Mounted at `/flotilla/data`. */
  readonly volumeId?: pulumi.Input<string>;
  /** Digests of the secrets that this host reads, by name: a change updates the Machine. */
  readonly secretDigests: pulumi.Input<Readonly<Record<string, string>>>;
  /** Sent as `min_secrets_version`. A change of it alone updates nothing. */
  readonly secretsVersion: pulumi.Input<number>;
  /** How long a Machine may take from its start to passing checks. */
  readonly healthTimeoutSeconds: pulumi.Input<number>;
  /**
   * Running hosts of the region that may change at once. A change of it alone updates nothing.
   *
   * @default 1
   */
  readonly maxUnavailable?: pulumi.Input<number>;
  /**
   * How long a host that has booted must keep passing its checks before the next may change. A change of it alone
   * updates nothing.
   *
   * @default 0
   */
  readonly minHealthySeconds?: pulumi.Input<number>;
  /**
   * Adopt a Machine of this name that flotilla didn't create, instead of refusing it. A change of it alone updates
   * nothing.
   *
   * @default false
   */
  readonly adopt?: pulumi.Input<boolean>;
}

/** A Machine. Pulumi's id of it is `<app>/<name>`; Fly's id is an output that may change. */
export class Machine extends pulumi.dynamic.Resource {
  declare readonly machineId: pulumi.Output<string>;
  declare readonly instanceId: pulumi.Output<string>;
  declare readonly privateIp: pulumi.Output<string>;

  constructor(name: string, args: MachineArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      machineProvider,
      name,
      { ...args, machineId: undefined, instanceId: undefined, privateIp: undefined },
      opts,
      "fly",
      "Machine",
    );
  }
}
