/** The official plugins that the program's packages ask for, and the module that stands in for each. */

export interface PinnedPlugin {
  readonly name: string;
  /** Version of the package (`pulumi.version` in its package.json): the engine asks for exactly this one. */
  readonly version: string;
  /** Module of the stand-in, in this folder. */
  readonly standIn: string;
}

export const PINNED_PLUGINS: readonly PinnedPlugin[] = [
  { name: "cloudflare", version: "6.17.0", standIn: "cloudflare.ts" },
  { name: "command", version: "1.2.1", standIn: "command.ts" },
];
