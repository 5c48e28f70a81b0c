/** The options of the edges, and what one listener works with. */
import type { LocalCa } from "../cloudflare/ca.ts";
import type { EdgeMachine } from "./edge-machine.ts";

export type EdgeMode = "passthrough" | "cloudflare";

export interface EdgeOptions {
  /** Port 0 takes any free one. */
  readonly regions: readonly { readonly region: string; readonly port: number }[];
  readonly mode: EdgeMode;
  /** Called for every connection. */
  readonly machines: () => readonly EdgeMachine[];
  /** Returns the app that a hostname's record points to, and whether Cloudflare proxies it. */
  readonly resolve: (
    hostname: string,
  ) => { readonly app: string; readonly proxied: boolean } | undefined;
  /** Returns whether Fly holds an active certificate of the app for the hostname. Default: never. */
  readonly hasFlyCertificate?: (app: string, hostname: string) => boolean;
  /** The authority that signs Cloudflare's and Fly's certificates, and that origin certificates are verified by. */
  readonly ca: Pick<LocalCa, "root" | "issue">;
  /** Returns whether the origin certificate with this SHA-256 is revoked. Cloudflare mode only. */
  readonly isRevoked: (fingerprint: string) => boolean;
  readonly log: (message: string) => void;
  /** Starts a stopped Machine; resolves when it takes connections, or never will. Default: none is started. */
  readonly startMachine?: (id: string) => Promise<void>;
  /** Open connections by Machine id; the edges keep the map up to date. Default: a map of their own. */
  readonly connections?: Map<string, number>;
  /** After this time the next Machine is tried. @default 5 seconds */
  readonly connectTimeoutMs?: number;
}

/** What one listener works with. */
export interface EdgeContext extends Required<
  Omit<EdgeOptions, "regions" | "mode" | "startMachine">
> {
  readonly region: string;
  readonly startMachine?: EdgeOptions["startMachine"];
}
