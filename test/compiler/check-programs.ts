import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import type { RegionDesired } from "../../compiler/model/desired.ts";
import { root } from "../../fixtures/project-root.ts";
import { checkCommand } from "../../region-check/command.ts";

/** Lets the very programs that read a region's files check them: exit code 0, and a line per file that begins with `ok`. */
export async function checkPrograms(
  desired: RegionDesired,
): Promise<{ output: string; code: number | null }> {
  const { create, stdin } = checkCommand(desired.check);
  const child = spawn("sh", ["-c", create], { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.once("close", resolve).once("error", reject),
  );
  child.stdin.end(stdin);
  const output = await text(child.stdout);
  return { output, code: await ended };
}
