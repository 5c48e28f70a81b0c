/**
 * The rooms of this house and what each may import. A path that ends in `/` is a folder with all below it; of several that
 * fit a file, the longest is its room. Every room may import its own files and `lib/`, nothing else that isn't listed.
 * Columns: the room · folders and files of this repository (`type:` in front lets in types only) · packages (`@scope/*` and
 * `node:*` stand for all of them). `(pure)`: no clock, randomness, I/O or environment. Enforced by lint/rooms-plugin.ts.
 */
const TABLE = `
index.ts                    | compiler/compile.ts components/ | @pulumi/pulumi node:fs node:path
lib/                        | - | node:crypto
compiler/ (pure)            | compiler/ | -
compiler/text/ (pure)       | - | yaml
compiler/catalog/ (pure)    | - | -
compiler/model/ (pure)      | compiler/catalog/ compiler/text/ | zod
compiler/services/ (pure)   | compiler/catalog/ compiler/model/ compiler/text/ | zod
compiler/checks/ (pure)     | compiler/catalog/ compiler/model/ compiler/text/ compiler/services/registry.ts compiler/services/service-type.ts compiler/plan/shutdown.ts | -
compiler/plan/ (pure)       | compiler/catalog/ compiler/model/ compiler/text/ compiler/services/registry.ts compiler/services/service-type.ts | zod
compiler/render/ (pure)     | compiler/catalog/ compiler/model/ compiler/text/ compiler/services/registry.ts compiler/services/service-type.ts compiler/plan/shutdown.ts | -
compiler/language/ (pure)   | compiler/catalog/ compiler/model/ compiler/text/ compiler/services/registry.ts compiler/services/service-type.ts | zod yaml node:util
compiler/change/ (pure)     | compiler/catalog/ compiler/model/ compiler/text/ compiler/services/registry.ts compiler/services/service-type.ts | node:util
components/                 | type:compiler/model/ providers/fly/resources.ts providers/keys/resources.ts providers/fly/api/target.ts region-check/command.ts | @pulumi/* node:path
providers/loader.ts         | - | @pulumi/pulumi
providers/fly/resources.ts  | providers/loader.ts type:compiler/model/machine-config.ts | @pulumi/pulumi
providers/dynamic/          | - | zod
providers/fly/              | compiler/model/machine-config.ts providers/dynamic/ | ky zod node:*
providers/keys/resources.ts | providers/loader.ts | @pulumi/pulumi
providers/keys/             | providers/dynamic/ | @peculiar/x509 @nats-io/nkeys zod node:*
engine/                     | toolchain/index.ts | @pulumi/pulumi/automation node:*
toolchain/                  | - | execa node:*
region-check/               | type:compiler/compile.ts toolchain/index.ts | execa zod node:*
local/                      | local/ | zod node:*
local/http/                 | - | hono @hono/node-server node:*
local/machines/             | - | node:*
local/faults/               | local/http/ local/machines/random.ts | hono zod
local/edge/                 | local/machines/regions.ts type:local/cloudflare/ca.ts | node:*
local/cloudflare/           | local/faults/ local/http/ | hono zod @peculiar/x509 node:*
local/fly/                  | local/faults/ local/http/ local/machines/ | graphql hono zod node:*
local/plugins/              | - | @pulumi/pulumi node:*
controller/                 | compiler/compile.ts engine/ providers/fly/api/client.ts providers/fly/observe-hosts.ts providers/fly/observe-processes.ts providers/fly/api/target.ts | hono @hono/* zod yaml pino node:*
local-up/                   | compiler/compile.ts engine/ local/index.ts local/plugins/install.ts toolchain/index.ts controller/index.ts | @nats-io/nkeys ky yaml node:*
clients/cli/                | compiler/compile.ts local-up/index.ts toolchain/index.ts controller/index.ts providers/fly/retained-volumes.ts | commander @clack/prompts ky yaml node:*
image/app/                  | - | @nats-io/* pocketbase node:*
fixtures/                   | compiler/ local/ controller/ | execa node:*
bench/                      | fixtures/ compiler/ components/ providers/ engine/ toolchain/ local/ local-up/ controller/ clients/ | *
lint/                       | - | typescript node:*
test/                       | ./ | *
`;

export interface Room {
  /** Words of the second and the third column. */
  readonly ours: readonly string[];
  readonly packages: readonly string[];
  readonly isPure: boolean;
}

export const ROOMS: Readonly<Record<string, Room>> = Object.fromEntries(
  TABLE.trim()
    .split("\n")
    .map((row) => {
      const [name = "", ours = "", packages = ""] = row.split("|").map((cell) => cell.trim());
      const [path = ""] = name.split(" ");
      return [
        path,
        { ours: words(ours), packages: words(packages), isPure: name.endsWith("(pure)") },
      ];
    }),
);

function words(cell: string): string[] {
  return cell.split(" ").filter((word) => word !== "" && word !== "-");
}
