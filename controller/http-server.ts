import { readFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createSecureContext } from "node:tls";
import { serve } from "@hono/node-server";
import { messageOf } from "../lib/message-of.ts";
import { ListenError } from "./access/listen-address.ts";

/** PEM. */
export interface TlsPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** @throws {ListenError} when the files aren't a certificate and its key */
export function readTlsPair(files: { readonly cert: string; readonly key: string }): TlsPair {
  const { cert, key } = files;
  try {
    const pair = { cert: readFileSync(cert), key: readFileSync(key) };
    createSecureContext(pair);
    return pair;
  } catch (cause) {
    throw new ListenError(
      `--tls-cert ${cert} and --tls-key ${key} aren't a certificate and its key: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/**
 * Serves until `close`, which also ends open event streams.
 *
 * @param port 0 takes a free one
 * @throws {ListenError} when the address can't be listened on
 */
export async function serveHttp(
  fetch: (request: Request) => Response | Promise<Response>,
  hostname: string,
  port: number,
  tls: TlsPair | undefined,
): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const tlsOptions = tls === undefined ? {} : { createServer: createTlsServer, serverOptions: tls };
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname, port, ...tlsOptions }, (info: AddressInfo) => {
      resolve({
        port: info.port,
        close: async () =>
          new Promise((done) => {
            server.close(() => done());
            if ("closeAllConnections" in server) server.closeAllConnections();
          }),
      });
    });
    server.once("error", (cause) =>
      reject(
        new ListenError(`${messageOf(cause)}: name another address and port with --listen`, {
          cause,
        }),
      ),
    );
  });
}
