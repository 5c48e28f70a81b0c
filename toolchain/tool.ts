/** Names, in the order they are built: quick ones first, so that a mistake in the setup shows early. */
export const toolNames = [
  "nats-server",
  "process-compose",
  "pulumi-language-nodejs",
  "pocketbase",
  "caddy",
  "pulumi",
] as const;

export type ToolName = (typeof toolNames)[number];

/** A program that is there and can be started. */
export interface Tool {
  readonly name: ToolName;
  /** Without a leading `v`. */
  readonly version: string;
  /** Absolute path of the executable. */
  readonly path: string;
  /**
   * `path`: the user's own, found on PATH. `npm`: what the npm package `pulumi` has installed.
   * `cache`: built by us earlier. `built`: built by this call.
   */
  readonly source: "path" | "cache" | "built" | "npm";
}
