import { spawn } from "node:child_process";
import { webcrypto } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as tlsConnect } from "node:tls";
import type { TLSSocket } from "node:tls";
import {
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "../../local/cloudflare/x509.ts";
import { toolPath } from "../kit/tool-path.ts";
import { ConditionLostError, until } from "../../fixtures/until.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RunningCaddy {
  /** Where all of its ports are. */
  readonly address: string;
  /** A visitor through Fly's proxy: PROXY header, TLS, then the request. */
  visit(
    host: string,
    path: string,
    o?: { peer?: string; headers?: Record<string, string> },
  ): Promise<Answer>;
  /** As `visit`, with the socket's answer as it comes. */
  open(host: string, path: string, headers?: Record<string, string>): Promise<IncomingMessage>;
  /** Plain HTTP to one of the other listeners. */
  plain(
    port: number,
    host: string,
    path: string,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** A TLS connection past the PROXY header, for what isn't a plain request. */
  secure(host: string): Promise<TLSSocket>;
  stop(): Promise<void>;
}

/**
 * A rendered caddy.json in a real Caddy on a loopback address of its own, so that its fixed ports meet nobody.
 * `upstreams` maps `name:port` to where it is served instead; names that aren't in it refuse the connection.
 */
export async function startCaddy(
  text: string,
  upstreams: ReadonlyMap<string, string>,
  files: Readonly<Record<string, string>>,
): Promise<RunningCaddy> {
  const program = await toolPath("caddy");
  const folder = await mkdtemp(join(tmpdir(), "flotilla-caddy-"));
  const address = loopbackAddress();
  await mkdir(join(folder, "etc/tls"), { recursive: true });
  await mkdir(join(folder, "www"), { recursive: true });
  const { certificate, key } = await selfSigned(["example.com", "*.example.com"]);
  await writeFile(join(folder, "etc/tls/origin.pem"), certificate);
  await writeFile(join(folder, "etc/tls/origin.key"), key);
  for (const [name, content] of Object.entries(files))
    await writeFile(join(folder, "www", name), content);
  await writeFile(join(folder, "caddy.json"), moved(text, folder, address, upstreams));
  const child = spawn(program, ["run", "--config", join(folder, "caddy.json")], {
    env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (log += chunk));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    }
    await rm(folder, { recursive: true, force: true });
  };
  const secure = (host: string, peer = "198.51.100.7"): Promise<TLSSocket> =>
    passThrough(address, host, peer);
  const open = async (
    host: string,
    path: string,
    headers = {},
    peer?: string,
  ): Promise<IncomingMessage> => {
    const socket = await secure(host, peer);
    return answerOf({ createConnection: () => socket, host, path, headers: { host, ...headers } });
  };
  const plain: RunningCaddy["plain"] = async (port, host, path, headers = {}) =>
    read(
      await answerOf({ agent: false, host: address, port, path, headers: { host, ...headers } }),
    );
  try {
    // The port that answers /healthz may be open before the others are.
    await until("Caddy serves its configuration", async () => {
      if (child.exitCode !== null) throw new ConditionLostError(log);
      if (!log.includes("serving initial configuration")) return undefined;
      return (await plain(8080, "localhost", "/healthz")).status === 200 ? true : undefined;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    address,
    visit: async (host, path, { peer, headers } = {}) =>
      read(await open(host, path, headers, peer)),
    open: (host, path, headers) => open(host, path, headers),
    plain,
    secure: (host) => secure(host),
    stop,
  };
}

/** The four things that a cloud without containers moves: root, wildcard, loopback, internal names. */
function moved(
  text: string,
  folder: string,
  address: string,
  upstreams: ReadonlyMap<string, string>,
): string {
  return text
    .replaceAll(
      /[a-z0-9-]+\.host\.kv\._metadata\.[a-z0-9-]+\.internal:\d+|127\.0\.0\.1:8443/g,
      (name) => upstreams.get(name) ?? `${address}:1`,
    )
    .replaceAll("[::]:", `${address}:`)
    .replaceAll("127.0.0.1:2019", `${address}:2019`)
    .replaceAll("/flotilla/", `${folder}/`);
}

function loopbackAddress(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(2));
  return `127.${200 + ((bytes[0] ?? 0) % 50)}.${bytes[1] ?? 0}.${(process.pid % 250) + 1}`;
}

async function passThrough(address: string, host: string, peer: string): Promise<TLSSocket> {
  const raw = connect(8444, address);
  await once(raw, "connect");
  raw.write(`PROXY TCP4 ${peer} 192.0.2.1 40000 443\r\n`);
  const socket = tlsConnect({ socket: raw, servername: host, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  return socket;
}

async function answerOf(options: RequestOptions): Promise<IncomingMessage> {
  const request = httpRequest(options);
  request.end();
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  return answer;
}

async function read(answer: IncomingMessage): Promise<Answer> {
  let body = "";
  for await (const chunk of answer.setEncoding("utf8")) body += String(chunk);
  return { status: answer.statusCode ?? 0, headers: answer.headers, body };
}

async function selfSigned(names: readonly string[]): Promise<{ certificate: string; key: string }> {
  const keys = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: "CN=test",
      keys,
      signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
      extensions: [
        new SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value }))),
      ],
    },
    webcrypto,
  );
  const key = PemConverter.encode(
    await webcrypto.subtle.exportKey("pkcs8", keys.privateKey),
    "PRIVATE KEY",
  );
  return { certificate: certificate.toString("pem"), key };
}
