/**
 * The rooms of this house and what each may import. A path that ends in `/` is a folder with all below it; of several that
 * fit a file, the longest is its room. Every room may import its own files and `lib/`, nothing else that isn't listed.
 * `ours`: folders and files of this repository; `type:` in front lets in types only. `packages`: `@scope/*` and `node:*`
 * stand for all of them. `pure`: no clock, randomness, I/O or environment. Enforced by lint/rooms-plugin.ts.
 */
export interface Room {
  readonly ours: string;
  readonly packages: string;
  readonly pure?: true;
}

export const ROOMS: Readonly<Record<string, Room>> = {
  "index.ts": {
    ours: "compiler/compile.ts components/",
    packages: "@pulumi/pulumi node:fs node:path",
  },
  "lib/": { ours: "", packages: "node:crypto" },

  "compiler/": { ours: "compiler/", packages: "zod yaml node:util", pure: true },

  "components/": {
    ours: "type:compiler/model/ providers/fly/resources.ts providers/keys/resources.ts providers/fly/api/target.ts region-check/command.ts",
    packages: "@pulumi/* node:path",
  },
  "providers/loader.ts": { ours: "", packages: "@pulumi/pulumi" },
  "providers/fly/resources.ts": {
    ours: "providers/loader.ts type:compiler/model/machine-config.ts",
    packages: "@pulumi/pulumi",
  },
  "providers/dynamic/": { ours: "", packages: "zod" },
  "providers/fly/": {
    ours: "compiler/model/machine-config.ts providers/dynamic/",
    packages: "ky zod node:*",
  },
  "providers/keys/resources.ts": { ours: "providers/loader.ts", packages: "@pulumi/pulumi" },
  "providers/keys/": {
    ours: "providers/dynamic/",
    packages: "@peculiar/x509 @nats-io/nkeys zod node:*",
  },

  "engine/": { ours: "toolchain/index.ts", packages: "@pulumi/pulumi/automation node:*" },
  "toolchain/": { ours: "", packages: "execa node:*" },
  "region-check/": {
    ours: "type:compiler/compile.ts toolchain/index.ts",
    packages: "execa zod node:*",
  },

  "local/": { ours: "local/", packages: "zod node:*" },
  "local/http/": { ours: "", packages: "hono @hono/node-server node:*" },
  "local/machines/": { ours: "", packages: "node:*" },
  "local/faults/": { ours: "local/http/ local/machines/random.ts", packages: "hono zod" },
  "local/edge/": {
    ours: "local/machines/regions.ts type:local/cloudflare/ca.ts",
    packages: "node:*",
  },
  "local/cloudflare/": {
    ours: "local/faults/ local/http/",
    packages: "hono zod @peculiar/x509 node:*",
  },
  "local/fly/": {
    ours: "local/faults/ local/http/ local/machines/",
    packages: "graphql hono zod node:*",
  },
  "local/plugins/": { ours: "", packages: "@pulumi/pulumi node:*" },

  "controller/": {
    ours: "compiler/compile.ts engine/ providers/fly/api/client.ts providers/fly/observe-hosts.ts providers/fly/observe-processes.ts providers/fly/api/target.ts",
    packages: "hono @hono/* zod yaml pino node:*",
  },
  "local-up/": {
    ours: "compiler/compile.ts engine/ local/index.ts local/plugins/install.ts toolchain/index.ts controller/index.ts",
    packages: "@nats-io/nkeys ky yaml node:*",
  },
  "clients/cli/": {
    ours: "compiler/compile.ts local-up/index.ts toolchain/index.ts controller/index.ts providers/fly/retained-volumes.ts",
    packages: "commander @clack/prompts ky yaml node:*",
  },

  "image/app/": { ours: "", packages: "@nats-io/* pocketbase node:*" },
  "fixtures/": { ours: "compiler/ local/ controller/", packages: "execa node:*" },
  "bench/": {
    ours: "fixtures/ compiler/ components/ providers/ engine/ toolchain/ local/ local-up/ controller/ clients/",
    packages: "*",
  },
  "lint/": { ours: "", packages: "typescript node:*" },
  "test/": { ours: "./", packages: "*" },
};
