/** Names of all tools, in the order they are built: quick builds first, so that a mistake in the setup shows early. */
export const toolNames = [
  "nats-server",
  "process-compose",
  "pulumi-language-nodejs",
  "pocketbase",
  "caddy",
  "pulumi",
] as const;

export type ToolName = (typeof toolNames)[number];

/** An installed program. */
export interface Tool {
  readonly name: ToolName;
  /** Without a leading `v`. */
  readonly version: string;
  /** Absolute path of the executable. */
  readonly path: string;
  /**
   * `path`: installed by the user, found on PATH. `npm`: installed by the npm package `pulumi`. `cache`: built by an
   * earlier call. `built`: built by this call.
   */
  readonly source: "path" | "cache" | "built" | "npm";
}

/** Tools that need no build, by name. */
export interface FoundTools {
  readonly tools: Readonly<Partial<Record<ToolName, Tool>>>;
  /** A sentence for each program on PATH that can't be used. */
  readonly warnings: readonly string[];
}
