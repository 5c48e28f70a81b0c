/** What an edge is given. */
import type { LocalCa } from "../cloudflare/ca.ts";
import type { EdgeMachine } from "./edge-machine.ts";

export type EdgeMode = "passthrough" | "cloudflare";

export interface EdgeOptions {
  /** Port 0 takes any free one. */
  readonly regions: readonly { readonly region: string; readonly port: number }[];
  readonly mode: EdgeMode;
  /** Asked anew for every connection. */
  readonly machines: () => readonly EdgeMachine[];
  /** The app that a hostname's record leads to, and whether through Cloudflare's proxy. */
  readonly resolve: (
    hostname: string,
  ) => { readonly app: string; readonly proxied: boolean } | undefined;
  /** Whether Fly has an active certificate of the app's for the hostname. Default: for none. */
  readonly hasFlyCertificate?: (app: string, hostname: string) => boolean;
  /** Signs the certificates that Cloudflare and Fly hold, and its root is what an origin's is checked against. */
  readonly ca: Pick<LocalCa, "root" | "issue">;
  /** SHA-256 of an origin's certificate. Cloudflare mode only. */
  readonly isRevoked: (fingerprint: string) => boolean;
  readonly log: (message: string) => void;
  /** Starts a stopped Machine; resolves when it takes connections, or never will. Default: none is started. */
  readonly startMachine?: (id: string) => Promise<void>;
  /** Open connections by Machine id, kept here. Default: a map of its own. */
  readonly connections?: Map<string, number>;
  /** @default 5 seconds until the next Machine is tried */
  readonly connectTimeoutMs?: number;
}

/** What one listener works with. */
export interface EdgeContext extends Required<
  Omit<EdgeOptions, "regions" | "mode" | "startMachine">
> {
  readonly region: string;
  readonly startMachine?: EdgeOptions["startMachine"];
}
