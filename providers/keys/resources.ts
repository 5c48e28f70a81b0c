/** Key material that is generated once and kept in Pulumi's state as secrets. */
import * as pulumi from "@pulumi/pulumi";
import { certificateProvider, nkeysProvider, passwordsProvider } from "../loader.ts";

export interface CertificateRequestArgs {
  /** Subject alternative names of the request. A change makes a new key and request. */
  readonly hostnames: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/** An EC P-256 key and the certificate signing request for it. */
export class CertificateRequest extends pulumi.dynamic.Resource {
  /** PEM. */
  declare readonly csr: pulumi.Output<string>;
  /** PKCS#8 PEM, secret. */
  declare readonly privateKey: pulumi.Output<string>;

  constructor(name: string, args: CertificateRequestArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      certificateProvider,
      name,
      { ...args, csr: undefined, privateKey: undefined },
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["privateKey"] }),
      "keys",
      "Certificate",
    );
  }
}

export interface NkeysArgs {
  /** One NATS user nkey per name; adding a name adds a key and keeps the others. */
  readonly names: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/** NATS user nkeys. */
export class Nkeys extends pulumi.dynamic.Resource {
  /** Name → `U…`. */
  declare readonly publicKeys: pulumi.Output<Readonly<Record<string, string>>>;
  /** Name → `SU…`, secret. */
  declare readonly seeds: pulumi.Output<Readonly<Record<string, string>>>;

  constructor(name: string, args: NkeysArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      nkeysProvider,
      name,
      { ...args, publicKeys: undefined, seeds: undefined },
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["seeds"] }),
      "keys",
      "Nkeys",
    );
  }
}

export interface PasswordsArgs {
  /** One password per name; adding a name adds a password and keeps the others. */
  readonly names: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/** Random passwords of 256 bits. */
export class Passwords extends pulumi.dynamic.Resource {
  /** Name → password, secret. */
  declare readonly values: pulumi.Output<Readonly<Record<string, string>>>;

  constructor(name: string, args: PasswordsArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      passwordsProvider,
      name,
      { ...args, values: undefined },
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["values"] }),
      "keys",
      "Passwords",
    );
  }
}
