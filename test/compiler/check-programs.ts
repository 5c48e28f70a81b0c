import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { RegionDesired } from "../../compiler/model/desired.ts";
import { root } from "./sample.ts";

/** Lets the very programs that read a region's files check them: exit code 0, and a line per file that begins with `ok`. */
export async function checkPrograms(
  desired: RegionDesired,
): Promise<{ output: string; code: number | null }> {
  const child = spawn(process.execPath, [join(root, "region-check/entry.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.once("close", resolve).once("error", reject),
  );
  child.stdin.end(JSON.stringify({ ...desired.check, region: desired.region }));
  const output = await text(child.stdout);
  return { output, code: await ended };
}
