/** HTTPS through an edge of the local cloud: real hostname, verified against the local CA. */
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { connect } from "node:tls";
import type { CloudInfo } from "../../local/index.ts";

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
  readonly fingerprint: string;
}

export interface Ask {
  readonly hostname: string;
  readonly path?: string;
  /** Region whose edge the visitor enters at. */
  readonly from: string;
  readonly method?: string;
  readonly body?: object;
  readonly token?: string;
}

export async function throughEdge(info: CloudInfo, ask: Ask): Promise<Answer> {
  const ca = await readFile(info.caFile);
  const port = info.edges.find(({ region }) => region === ask.from)?.port;
  if (port === undefined) throw new Error(`no edge near ${ask.from}`);
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: "127.0.0.1",
        port,
        servername: ask.hostname,
        ca,
        agent: false,
        method: ask.method ?? "GET",
        path: ask.path ?? "/",
        headers: {
          host: ask.hostname,
          ...(ask.body ? { "content-type": "application/json" } : {}),
          ...(ask.token ? { authorization: ask.token } : {}),
        },
      },
      (answer) => {
        const socket = answer.socket as import("node:tls").TLSSocket;
        const fingerprint = socket.getPeerCertificate().fingerprint256;
        let body = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk: string) => (body += chunk));
        answer.once("end", () => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body, fingerprint });
        });
      },
    );
    call.once("error", reject);
    call.end(ask.body ? JSON.stringify(ask.body) : undefined);
  });
}

/** SHA-256 of the certificate that a host presents, verified for `hostname`. */
export async function fingerprintOf(
  address: string,
  hostname: string,
  caFile: string,
): Promise<string> {
  const ca = await readFile(caFile);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port: 8444, servername: hostname, ca }, () => {
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      resolve(fingerprint256);
    });
    socket.once("error", reject);
  });
}
