/** How a tool is built from its pinned Go module in `go/<name>`, and asked for its version. */
interface PinnedTool {
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
  /** Arguments that make the program print its version; empty: it never does. */
  readonly versionArguments: readonly string[];
}

/**
 * The pinned tools, in the order they are built: quick builds first, so that a mistake in the setup shows early. Their
 * checksums are in `go/<name>/go.sum`.
 */
const pinned = {
  "nats-server": {
    version: "2.14.5",
    package: "github.com/nats-io/nats-server/v2",
    binary: "nats-server",
    tags: "",
    variables: [],
    versionArguments: ["-v"],
  },
  "process-compose": {
    version: "1.120.0",
    package: "github.com/f1bonacc1/process-compose",
    binary: "process-compose",
    tags: "",
    // Without a version, process-compose looks for updates on the network at every start.
    variables: ["github.com/f1bonacc1/process-compose/src/config.Version=v1.120.0"],
    versionArguments: ["version"],
  },
  "pulumi-language-nodejs": {
    // The last version of the SDK's Go module that carries the language host.
    version: "3.68.0",
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    binary: "pulumi-language-nodejs-3.68",
    tags: "",
    variables: [],
    versionArguments: [],
  },
  pocketbase: {
    version: "0.39.11",
    package: "github.com/pocketbase/pocketbase/examples/base",
    binary: "pocketbase",
    tags: "",
    variables: [],
    versionArguments: ["--version"],
  },
  caddy: {
    version: "2.11.4",
    package: "github.com/caddyserver/caddy/v2/cmd/caddy",
    binary: "caddy",
    tags: "",
    variables: [],
    versionArguments: ["version"],
  },
  pulumi: {
    version: "3.259.0",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    binary: "pulumi",
    tags: "osusergo,grpcnotrace",
    // Without a version, `pulumi version` prints nothing and the Automation API refuses the program.
    variables: ["github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.259.0"],
    versionArguments: ["version"],
  },
} as const satisfies Readonly<Record<string, PinnedTool>>;

export type ToolName = keyof typeof pinned;

/** Names of all tools, in the order they are built. */
export const toolNames = Object.keys(pinned) as readonly ToolName[];

export interface Recipe extends PinnedTool {
  readonly name: ToolName;
}

export const recipes = Object.fromEntries(
  toolNames.map((name): [ToolName, Recipe] => [name, { name, ...pinned[name] }]),
) as Readonly<Record<ToolName, Recipe>>;

/** Returns the arguments of `go build` for a recipe, without output and package. They are part of the cache key. */
export function buildFlags(recipe: Recipe): string[] {
  const ldflags = ["-s", "-w", ...recipe.variables.map((variable) => `-X ${variable}`)].join(" ");
  const tags = recipe.tags === "" ? [] : ["-tags", recipe.tags];
  return ["-mod=readonly", "-trimpath", "-buildvcs=false", ...tags, "-ldflags", ldflags];
}
