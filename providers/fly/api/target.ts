/**
 * The two worlds: the local cloud and the real one. They differ in nothing but URLs, tokens and the folder that
 * holds Pulumi's state, so one forgotten variable would let a demo write to a real account. This file tells
 * which world a set of environment variables means and refuses a mix. Node builtins only: components use it too.
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
  /** Does this folder carry the marker file of the local cloud? @default looks for `.flotilla-local` in it */
  readonly isLocalBackend?: (folder: string) => boolean;
}

interface TargetSign {
  readonly world: Target;
  readonly says: string;
}

const remedy =
  'for the local cloud run `eval "$(npx flotilla local env)"` in this shell, for the real one unset what belongs to the local cloud';

/** The environment names no world, or two at once. Exit code 2: the user's to mend. */
export class TargetError extends Error {
  override readonly name = "WorldError";
  readonly exitCode = 2;
}

/** `local cloud 127.0.0.1:4280` or `Fly`: what the Fly URL means. Never throws. */
export function describeTarget(env: Environment): string {
  const url = flyUrl(env);
  return URL.canParse(url) && isLocalUrl(url) ? `local cloud ${new URL(url).host}` : "Fly";
}

/**
 * Throws one clear sentence when `FLY_API_TOKEN` is missing or when the Fly URL, both tokens, the Cloudflare URL
 * and Pulumi's backend don't all belong to the same world. Returns that world. Tokens are never in the message.
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
    ...backendSigns(env, fly.world, ports.isLocalBackend ?? hasMarker),
  ];
  const stranger = signs.find((sign) => sign.world !== fly.world);
  if (stranger !== undefined) {
    throw new TargetError(
      `The local cloud and real accounts must not be mixed: ${fly.says}, but ${stranger.says}; ${remedy}.`,
    );
  }
  return fly.world;
}

/** The base URL of the Machines API, without a trailing slash and without `/v1`. */
export function flyUrl(env: Environment): string {
  return (env["FLY_FLAPS_BASE_URL"] || defaultFlyUrl).replace(/\/+$/, "");
}

/** Is the URL's host an address in 127.0.0.0/8? Names such as `localhost` are not. */
export function isLocalUrl(url: string): boolean {
  return /^127\.\d+\.\d+\.\d+$/.test(new URL(url).hostname);
}

function urlSign(name: string, value: string | undefined, fallback: string): TargetSign {
  const url = value || fallback;
  if (!URL.canParse(url))
    throw new TargetError(`${name} is not a URL: set it to one like ${fallback}, or unset it.`);
  const host = new URL(url).host;
  if (!value) return { world: "real", says: `${name} is not set and so means ${host}` };
  return isLocalUrl(url)
    ? { world: "local", says: `${name} points at the local cloud (${host})` }
    : { world: "real", says: `${name} points at ${host}` };
}

function tokenSign(name: string, token: string): TargetSign {
  // flyctl's variable may carry its scheme.
  return token.replace(/^(bearer|flyv1)\s+/i, "").startsWith(localTokenPrefix)
    ? { world: "local", says: `${name} is a token of the local cloud` }
    : { world: "real", says: `${name} is not a token of the local cloud` };
}

/** With neither variable set, nothing of Cloudflare's can be called: that is no sign of a world. */
function cloudflareSigns(env: Environment): TargetSign[] {
  const url = env["CLOUDFLARE_BASE_URL"];
  const token = env["CLOUDFLARE_API_TOKEN"];
  if (!url && !token) return [];
  const sign = urlSign("CLOUDFLARE_BASE_URL", url, "https://api.cloudflare.com/client/v4");
  return token ? [sign, tokenSign("CLOUDFLARE_API_TOKEN", token)] : [sign];
}

function backendSigns(
  env: Environment,
  world: Target,
  isLocal: (folder: string) => boolean,
): TargetSign[] {
  const url = env["PULUMI_BACKEND_URL"];
  if (!url) {
    // The engine would use whatever `pulumi login` chose: right for Fly, never for the local cloud.
    return world === "real" ? [] : [{ world: "real", says: "PULUMI_BACKEND_URL is not set" }];
  }
  const folder = backendFolder(url, env["HOME"] ?? "");
  if (folder !== undefined && isLocal(folder)) {
    return [{ world: "local", says: "PULUMI_BACKEND_URL is the state folder of the local cloud" }];
  }
  return [{ world: "real", says: "PULUMI_BACKEND_URL is not a state folder of the local cloud" }];
}

/** Folder of a `file://` backend, which Pulumi reads as a plain path: `~` is home, a relative one is allowed. */
function backendFolder(url: string, home: string): string | undefined {
  if (!url.startsWith("file://")) return undefined;
  const path = url.slice("file://".length).replace(/\?.*$/, "");
  return resolve(path.startsWith("~") ? join(home, path.slice(1)) : path);
}

function hasMarker(folder: string): boolean {
  return existsSync(join(folder, localBackendMarker));
}
