/**
 * The two targets of a run: the local cloud and the real accounts. They differ only in URLs, tokens and the folder that
 * holds Pulumi's state, so one forgotten variable would let a demo write to a real account. This file tells which
 * target a set of environment variables means and refuses a mix. It imports Node builtins only, since components use it.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

export type Target = "local" | "real";

export const defaultFlyUrl = "https://api.machines.dev";

/** Every token of the local cloud starts with this. */
export const localTokenPrefix = "flotilla-local-";

/** File in a `file://` backend folder that belongs to the local cloud. */
export const localBackendMarker = ".flotilla-local";

export interface TargetPorts {
  /** Says whether a folder has the marker file of the local cloud. @default looks for `.flotilla-local` in it */
  readonly isLocalBackend?: (folder: string) => boolean;
}

interface TargetSign {
  readonly target: Target;
  /** The sign as part of a sentence. */
  readonly says: string;
}

const remedy =
  'for the local cloud run `eval "$(npx flotilla local env)"` in this shell, for the real one unset what belongs to the local cloud';

/** The environment names no target, or both. Exit code 2: a mistake of the user. */
export class TargetError extends Error {
  override readonly name = "WorldError";
  readonly exitCode = 2;
}

/** Returns `local cloud 127.0.0.1:4280` or `Fly`, as the Fly URL says. Never throws. */
export function describeTarget(env: Environment): string {
  const url = flyUrl(env);
  return URL.canParse(url) && isLocalUrl(url) ? `local cloud ${new URL(url).host}` : "Fly";
}

/**
 * Returns the target that the Fly URL, both tokens, the Cloudflare URL and Pulumi's backend belong to.
 *
 * @throws {TargetError} one sentence, never with a token in it, when `FLY_API_TOKEN` is missing or they don't all belong
 *   to the same target
 */
export function assertOneTarget(env: Environment, ports: TargetPorts = {}): Target {
  const token = env["FLY_API_TOKEN"];
  if (!token) {
    throw new TargetError(
      "FLY_API_TOKEN is not set: set it to a token of your Fly organization (`fly tokens create org`), " +
        'or run `eval "$(npx flotilla local env)"` for the local cloud.',
    );
  }
  const fly = urlSign("FLY_FLAPS_BASE_URL", env["FLY_FLAPS_BASE_URL"], defaultFlyUrl);
  const signs = [
    tokenSign("FLY_API_TOKEN", token),
    ...cloudflareSigns(env),
    ...backendSigns(env, fly.target, ports.isLocalBackend ?? hasMarker),
  ];
  const other = signs.find((sign) => sign.target !== fly.target);
  if (other !== undefined) {
    throw new TargetError(
      `The local cloud and real accounts must not be mixed: ${fly.says}, but ${other.says}; ${remedy}.`,
    );
  }
  return fly.target;
}

/** Returns the base URL of the Machines API, without a trailing slash and without `/v1`. */
export function flyUrl(env: Environment): string {
  return (env["FLY_FLAPS_BASE_URL"] || defaultFlyUrl).replace(/\/+$/, "");
}

/** Says whether the URL's host is an address in 127.0.0.0/8. Names such as `localhost` aren't. */
export function isLocalUrl(url: string): boolean {
  return /^127\.\d+\.\d+\.\d+$/.test(new URL(url).hostname);
}

function urlSign(name: string, value: string | undefined, fallback: string): TargetSign {
  const url = value || fallback;
  if (!URL.canParse(url))
    throw new TargetError(`${name} is not a URL: set it to one like ${fallback}, or unset it.`);
  const host = new URL(url).host;
  if (!value) return { target: "real", says: `${name} is not set and so means ${host}` };
  return isLocalUrl(url)
    ? { target: "local", says: `${name} points at the local cloud (${host})` }
    : { target: "real", says: `${name} points at ${host}` };
}

function tokenSign(name: string, token: string): TargetSign {
  // flyctl's variable may carry its scheme.
  return token.replace(/^(bearer|flyv1)\s+/i, "").startsWith(localTokenPrefix)
    ? { target: "local", says: `${name} is a token of the local cloud` }
    : { target: "real", says: `${name} is not a token of the local cloud` };
}

/** Without both variables Cloudflare can't be called, so they say nothing about the target. */
function cloudflareSigns(env: Environment): TargetSign[] {
  const url = env["CLOUDFLARE_BASE_URL"];
  const token = env["CLOUDFLARE_API_TOKEN"];
  if (!url && !token) return [];
  const sign = urlSign("CLOUDFLARE_BASE_URL", url, "https://api.cloudflare.com/client/v4");
  return token ? [sign, tokenSign("CLOUDFLARE_API_TOKEN", token)] : [sign];
}

function backendSigns(
  env: Environment,
  target: Target,
  isLocal: (folder: string) => boolean,
): TargetSign[] {
  const url = env["PULUMI_BACKEND_URL"];
  if (!url) {
    // The engine uses the backend of `pulumi login`, which is never the local cloud's.
    return target === "real" ? [] : [{ target: "real", says: "PULUMI_BACKEND_URL is not set" }];
  }
  const folder = backendFolder(url, env["HOME"] ?? "");
  if (folder !== undefined && isLocal(folder)) {
    return [{ target: "local", says: "PULUMI_BACKEND_URL is the state folder of the local cloud" }];
  }
  return [{ target: "real", says: "PULUMI_BACKEND_URL is not a state folder of the local cloud" }];
}

/** Returns the folder of a `file://` backend. Pulumi reads it as a path: `~` is home, and it may be relative. */
function backendFolder(url: string, home: string): string | undefined {
  if (!url.startsWith("file://")) return undefined;
  const path = url.slice("file://".length).replace(/\?.*$/, "");
  return resolve(path.startsWith("~") ? join(home, path.slice(1)) : path);
}

function hasMarker(folder: string): boolean {
  return existsSync(join(folder, localBackendMarker));
}
