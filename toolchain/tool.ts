import type { ToolName } from "./recipe.ts";

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
