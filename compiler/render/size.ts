import type { Diagnostic } from "../parse/diagnostic.ts";
import { diagnose } from "../parse/source.ts";
import type { Spec } from "../parse/spec.ts";
import type { RegionDesired } from "./desired.ts";

/** Fly documents no limit for `files`; what is larger than this hasn't been seen to work. */
const LIMIT_BYTES = 64 * 1024;

/** W402, once per region at most. */
export function checkBundle(spec: Spec, desired: RegionDesired): Diagnostic[] {
  const largest = desired.hosts
    .map(({ name, files }) => ({
      name,
      bytes: files.reduce((sum, file) => sum + ("text" in file ? utf8Bytes(file.text) : 0), 0),
    }))
    .reduce((best, host) => (host.bytes > best.bytes ? host : best), { name: "", bytes: 0 });
  if (largest.bytes <= LIMIT_BYTES) return [];
  return [
    diagnose(spec.fleet.source, {
      code: "W402",
      path: ["regions", desired.region],
      anchor: "key",
      message: `the files of host ${largest.name} have ${Math.ceil(largest.bytes / 1024)} KiB, more than ${LIMIT_BYTES / 1024}`,
      hint: "Fewer slots (`max_per_host`), hosts (`max_hosts`) or routes to processes make them smaller.",
    }),
  ];
}

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
