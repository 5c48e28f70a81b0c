/**
 * Claims the second number (octet) of a cloud's loopback addresses, 2..250, so that several clouds (demo, tests) run side by
 * side. A claim is a file in the user's cache that names the cloud's folder; it holds as long as the folder exists.
 */
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";

export const FIRST_OCTET = 2;
export const LAST_OCTET = 250;

/** Returns the folder of the claims, below `FLOTILLA_CACHE`, else `$XDG_CACHE_HOME/flotilla`, else `~/.cache/flotilla`. */
export function octetDir(env: NodeJS.ProcessEnv = process.env): string {
  const cache =
    env["FLOTILLA_CACHE"] ||
    (env["XDG_CACHE_HOME"]
      ? join(env["XDG_CACHE_HOME"], "flotilla")
      : join(homedir(), ".cache", "flotilla"));
  return join(cache, "octets");
}

/**
 * Returns the octet of the cloud in `dir` (absolute, must exist): the one it has, else a free one. The caller holds the
 * cloud's lock, so no other process claims for this folder at the same time.
 *
 * @throws with a sentence for people, when no octet is free
 */
export function claimOctet(dir: string, claims: string = octetDir()): number {
  mkdirSync(claims, { recursive: true });
  const octets = Array.from({ length: LAST_OCTET - FIRST_OCTET + 1 }, (_, i) => FIRST_OCTET + i);
  const own = octets.find((octet) => readClaim(claims, octet) === dir);
  if (own !== undefined) return own;
  for (const octet of octets) {
    dropStale(claims, octet);
    if (claim(claims, octet, dir)) return octet;
  }
  throw new Error(
    `all ${octets.length} address ranges for local clouds are claimed: remove one that isn't needed with \`flotilla local down --purge\`, or its file in ${claims}`,
  );
}

export function releaseOctet(dir: string, claims: string = octetDir()): void {
  for (let octet = FIRST_OCTET; octet <= LAST_OCTET; octet += 1) {
    if (readClaim(claims, octet) === dir) rmSync(fileOf(claims, octet), { force: true });
  }
}

function fileOf(claims: string, octet: number): string {
  return join(claims, String(octet));
}

function readClaim(claims: string, octet: number): string | undefined {
  try {
    return readFileSync(fileOf(claims, octet), "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Writes the claim to a temporary file and links it into place: a visible claim is complete, and only one process succeeds. */
function claim(claims: string, octet: number, dir: string): boolean {
  const aside = join(claims, `.${octet}.${randomBytes(6).toString("hex")}`);
  writeFileSync(aside, `${dir}\n`, { flag: "wx" });
  try {
    linkSync(aside, fileOf(claims, octet));
    return true;
  } catch {
    return false;
  } finally {
    rmSync(aside);
  }
}

/**
 * Removes a claim whose folder is gone. It is moved away and read again first: another process that found it stale too may
 * have made a new claim meanwhile.
 */
function dropStale(claims: string, octet: number): void {
  const holder = readClaim(claims, octet);
  if (holder === undefined || existsSync(holder)) return;
  const aside = join(claims, `.${octet}.${randomBytes(6).toString("hex")}`);
  try {
    renameSync(fileOf(claims, octet), aside);
  } catch {
    return; // another process moved it away
  }
  try {
    if (existsSync(readFileSync(aside, "utf8").trim())) linkSync(aside, fileOf(claims, octet));
  } catch {
    // a newer claim is in its place
  } finally {
    rmSync(aside, { force: true });
  }
}
