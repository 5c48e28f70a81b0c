import type { ToolName } from "./tool.ts";

/** How a tool is built from its pinned Go module in `go/<name>`. */
export interface Recipe {
  readonly name: ToolName;
  /** The pinned version, equal to the one in `go/<name>/go.mod`; without a leading `v`. */
  readonly version: string;
  /** Go package of the program. */
  readonly package: string;
  /** File name of what `go build` makes. */
  readonly binary: string;
  /** Go build tags, comma-separated. */
  readonly tags: string;
  /** Linker variables, `import/path.Name=value`. */
  readonly variables: readonly string[];
}

/** The pinned tools. Their checksums are in `go/<name>/go.sum`. */
export const recipes: Readonly<Record<ToolName, Recipe>> = {
  "nats-server": {
    name: "nats-server",
    version: "2.14.5",
    package: "github.com/nats-io/nats-server/v2",
    binary: "nats-server",
    tags: "",
    variables: [],
  },
  "process-compose": {
    name: "process-compose",
    version: "1.120.0",
    package: "github.com/f1bonacc1/process-compose",
    binary: "process-compose",
    tags: "",
    // Without a version, process-compose looks for updates on the network at every start.
    variables: ["github.com/f1bonacc1/process-compose/src/config.Version=v1.120.0"],
  },
  "pulumi-language-nodejs": {
    name: "pulumi-language-nodejs",
    // The last version of the SDK's Go module that carries the language host.
    version: "3.68.0",
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    binary: "pulumi-language-nodejs-3.68",
    tags: "",
    variables: [],
  },
  pocketbase: {
    name: "pocketbase",
    version: "0.39.11",
    package: "github.com/pocketbase/pocketbase/examples/base",
    binary: "pocketbase",
    tags: "",
    variables: [],
  },
  caddy: {
    name: "caddy",
    version: "2.11.4",
    package: "github.com/caddyserver/caddy/v2/cmd/caddy",
    binary: "caddy",
    tags: "",
    variables: [],
  },
  pulumi: {
    name: "pulumi",
    version: "3.259.0",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    binary: "pulumi",
    tags: "osusergo,grpcnotrace",
    // Without a version, `pulumi version` prints nothing and the Automation API refuses the program.
    variables: ["github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.259.0"],
  },
};

/** Returns the arguments of `go build` for a recipe, without output and package. They are part of the cache key. */
export function buildFlags(recipe: Recipe): string[] {
  const ldflags = ["-s", "-w", ...recipe.variables.map((variable) => `-X ${variable}`)].join(" ");
  const tags = recipe.tags === "" ? [] : ["-tags", recipe.tags];
  return ["-mod=readonly", "-trimpath", "-buildvcs=false", ...tags, "-ldflags", ldflags];
}
