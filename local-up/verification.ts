/** One verified request: HTTPS through an edge, with the real hostname, against the local CA. */
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { RemoteError } from "../clients/cli/command-line/failure.ts";

export interface Verified {
  readonly status: number;
  /** SHA-256 of the certificate that answered. */
  readonly fingerprint: string;
}

/**
 * @param port of an edge on 127.0.0.1
 * @throws {RemoteError} when the connection or the certificate fails, or a server's error answers
 */
export async function verifyThroughEdge(
  hostname: string,
  port: number,
  caFile: string,
  path = "/",
): Promise<Verified> {
  const ca = await readFile(caFile);
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: "127.0.0.1",
        port,
        servername: hostname,
        headers: { host: hostname },
        path,
        ca,
        agent: false,
        timeout: 10_000,
      },
      (answer) => {
        const socket = answer.socket as import("node:tls").TLSSocket;
        const fingerprint = socket.getPeerCertificate().fingerprint256;
        const status = answer.statusCode ?? 0;
        answer.resume();
        if (status >= 500) {
          reject(
            new RemoteError(
              `https://${hostname}:${port}${path} answered ${status}: see \`npx flotilla local status\``,
            ),
          );
        }
        answer.once("end", () => resolve({ status, fingerprint }));
      },
    );
    call.once("timeout", () => call.destroy(new Error("no answer within 10 s")));
    call.once("error", (cause) => {
      reject(
        new RemoteError(`https://${hostname}:${port}${path} failed: ${cause.message}`, { cause }),
      );
    });
    call.end();
  });
}
