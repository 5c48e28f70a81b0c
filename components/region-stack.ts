/** The stack of one region: the region check, then its hosts. */
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { RegionDesired } from "../compiler/model/desired.ts";
import { checkCommand } from "../region-check/command.ts";
import type { GlobalOutputs } from "./global-outputs.ts";
import { StackHost } from "./stack-host.ts";

export interface RegionStackArgs {
  /** The compiled stack of this region. */
  readonly desired: RegionDesired;
  readonly global: GlobalOutputs;
  /**
   * Run the region check, which tests the rendered files with the real programs, before any Machine is touched.
   *
   * @default true
   */
  readonly check?: boolean;
  /**
   * Adopt Machines and volumes of the hosts' names that flotilla didn't create, instead of refusing them.
   *
   * @default false
   */
  readonly adopt?: boolean;
}

export class RegionStack extends pulumi.ComponentResource {
  /** Host name → Fly's Machine id. */
  declare readonly hosts: pulumi.Output<Record<string, string>>;
  /** Host name → version of its configuration. A different live version was written by somebody else. */
  declare readonly versions: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: RegionStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("flotilla:region:RegionStack", name, {}, opts);
    const { desired, global, adopt = false } = args;

    const dependsOn =
      (args.check ?? true)
        ? [
            new command.local.Command(`${name}-check`, checkCommand(desired.check), {
              parent: this,
            }),
          ]
        : [];
    const hosts = desired.hosts.map(
      (host) =>
        new StackHost(
          host.name,
          { app: desired.app.name, host, global, rollout: desired.rollout, adopt },
          { parent: this, dependsOn },
        ),
    );

    const names = desired.hosts.map((host) => host.name);
    this.hosts = byName(
      names,
      hosts.map((host) => host.machineId),
    );
    this.versions = byName(
      names,
      hosts.map((host) => host.version),
    );
    this.registerOutputs({ hosts: this.hosts, versions: this.versions });
  }
}

function byName(
  names: readonly string[],
  values: readonly pulumi.Output<string>[],
): pulumi.Output<Record<string, string>> {
  return pulumi
    .all([...values])
    .apply((all) => Object.fromEntries(names.map((name, index) => [name, all[index] ?? ""])));
}
