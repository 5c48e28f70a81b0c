/** Reads the result of `compile`, and throws when a part that the test expects is missing. */
import type { Compiled } from "../../compiler/compile.ts";
import type { Desired, RegionDesired } from "../../compiler/model/desired.ts";

export function desiredOf(compiled: Compiled): Desired {
  if (!compiled.ok)
    throw new Error(
      compiled.diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n"),
    );
  return compiled.desired;
}

export function regionOf(compiled: Compiled): RegionDesired {
  const desired = desiredOf(compiled);
  if (desired.kind !== "region") throw new Error(`${desired.stack} is no region`);
  return desired;
}

/** Text of one file of one host. */
export function fileOf(desired: RegionDesired, host: string, path: string): string {
  const file = desired.hosts
    .find(({ name }) => name === host)
    ?.files.find((each) => each.path === path);
  if (file === undefined || !("text" in file)) throw new Error(`${host} has no text ${path}`);
  return file.text;
}
