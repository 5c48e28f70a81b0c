import { ToolchainError } from "./error.ts";
import { isAtLeast } from "./version.ts";

/** The first Node that runs TypeScript without a flag. */
const oldestNode = "22.18.0";

/**
 * Refuses a Node that can't load the program.
 *
 * @throws {ToolchainError} with exit code 2 and the fix
 */
export function assertNode(version: string = process.versions.node): void {
  if (isAtLeast(version, oldestNode)) return;
  throw new ToolchainError(
    `This is Node ${version}, and flotilla needs ${oldestNode} or newer: run \`npm ci\` (without --ignore-scripts; it installs Node 24 for npm scripts and npx), or install Node 24 from https://nodejs.org.`,
    2,
  );
}
