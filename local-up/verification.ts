import { readFile } from "node:fs/promises";
import { request } from "node:https";
import type { TLSSocket } from "node:tls";
import type { CloudInfo } from "../local/index.ts";
import type { CompiledFleet } from "./compiled-fleet.ts";
import { LocalUpError } from "./failure.ts";

/** What an edge answered. */
export interface Verified {
  readonly status: number;
  /** SHA-256 of the certificate that the edge presented. */
  readonly fingerprint: string;
}

/** The fleet's first hostname that every region serves; undefined when the spec has none. */
export function verifiedHostname({ global }: CompiledFleet): string | undefined {
  return global.dns.records.find((record) => record.type !== "TXT" && record.region === undefined)
    ?.name;
}

/**
 * Requests `/` over HTTPS through an edge, with the real hostname, and trusts the local certificate authority only.
 *
 * @param port of an edge on 127.0.0.1
 * @throws {LocalUpError} when the connection or the certificate fails, or a server error answers
 */
export async function verifyThroughEdge(
  hostname: string,
  port: number,
  { caFile }: CloudInfo,
): Promise<Verified> {
  const url = `https://${hostname}:${port}/`;
  const ca = await readFile(caFile);
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: "127.0.0.1",
        port,
        servername: hostname,
        headers: { host: hostname },
        path: "/",
        ca,
        agent: false,
        timeout: 10_000,
      },
      (answer) => {
        const fingerprint = (answer.socket as TLSSocket).getPeerCertificate().fingerprint256;
        const status = answer.statusCode ?? 0;
        answer.resume();
        if (status >= 500)
          reject(
            new LocalUpError(3, `${url} answered ${status}: see \`npx flotilla local status\``),
          );
        answer.once("end", () => resolve({ status, fingerprint }));
      },
    );
    call.once("timeout", () => call.destroy(new Error("no answer within 10 s")));
    call.once("error", (cause) => {
      reject(new LocalUpError(3, `${url} failed: ${cause.message}`, { cause }));
    });
    call.end();
  });
}
