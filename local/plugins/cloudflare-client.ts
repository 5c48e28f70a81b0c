/**
 * A client of the Cloudflare API that behaves as the official provider's: bearer token, the JSON envelope, and the retries of
 * cloudflare-go (internal/requestconfig/requestconfig.go).
 */

/** `CLOUDFLARE_BASE_URL` and `CLOUDFLARE_API_TOKEN` are read from `env` at every call. */
export interface CloudflarePorts {
  readonly env: Readonly<Record<string, string | undefined>>;
  fetch(url: URL, init: RequestInit): Promise<Response>;
  sleep(milliseconds: number): Promise<void>;
}

/** A call that failed. The message names the call, the status and Cloudflare's error codes, never the token. */
export class CloudflareError extends Error {
  readonly status: number;
  readonly codes: readonly number[];

  constructor(message: string, status: number, codes: readonly number[]) {
    super(message);
    this.name = "CloudflareError";
    this.status = status;
    this.codes = codes;
  }
}

interface Envelope {
  readonly success?: boolean;
  readonly errors?: readonly { readonly code?: number; readonly message?: string }[];
  readonly result?: unknown;
}

const DEFAULT_BASE_URL = "https://api.cloudflare.com/client/v4/";
const MAX_RETRIES = 10;
const REQUEST_TIMEOUT_MS = 30_000;

export type CloudflareClient = ReturnType<typeof createCloudflareClient>;

/** Calls resolve to `result` of the envelope and reject with `CloudflareError`. Paths are relative: `zones/…`. */
export function createCloudflareClient(ports: Partial<CloudflarePorts> = {}) {
  const { env = process.env, fetch = globalThis.fetch, sleep = wait } = ports;

  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const { url, headers } = request(env, path);
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    for (let attempt = 0; ; attempt++) {
      const answer = await send(fetch, url, init);
      const retry = attempt < MAX_RETRIES && shouldRetry(answer);
      if (retry) await sleep(delayOf(answer, attempt));
      else if (answer instanceof Response) return resultOf(answer, `${method} ${path}`);
      else
        throw new CloudflareError(
          `${method} ${path}: no answer from ${url.host}: ${reason(answer)}`,
          0,
          [],
        );
    }
  }

  return {
    get: (path: string) => call("GET", path),
    post: (path: string, body: unknown) => call("POST", path, body),
    put: (path: string, body: unknown) => call("PUT", path, body),
    delete: (path: string) => call("DELETE", path),
  };
}

function request(
  env: CloudflarePorts["env"],
  path: string,
): { url: URL; headers: Record<string, string> } {
  const token = env["CLOUDFLARE_API_TOKEN"];
  if (!token)
    throw new CloudflareError(
      "CLOUDFLARE_API_TOKEN is not set: export the token of your Cloudflare account",
      0,
      [],
    );
  const base = env["CLOUDFLARE_BASE_URL"] || DEFAULT_BASE_URL;
  return {
    url: new URL(path, base.endsWith("/") ? base : `${base}/`),
    headers: {
      Authorization: `Bearer ${token}`,
      "Content-Type": "application/json",
      Accept: "application/json",
    },
  };
}

async function send(
  fetch: CloudflarePorts["fetch"],
  url: URL,
  init: RequestInit,
): Promise<Response | Error> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function shouldRetry(answer: Response | Error): boolean {
  if (answer instanceof Error) return true;
  const requested = answer.headers.get("x-should-retry");
  if (requested !== null) return requested === "true";
  return [408, 409, 429].includes(answer.status) || answer.status >= 500;
}

/** Returns `Retry-After` if it is at most a minute, else a backoff from 0.5 s doubling to 8 s, less up to a quarter of jitter. */
function delayOf(answer: Response | Error, attempt: number): number {
  const after =
    answer instanceof Response
      ? Number(answer.headers.get("retry-after") ?? Number.NaN) * 1000
      : Number.NaN;
  if (after > 0 && after <= 60_000) return after;
  const backoff = Math.min(500 * 2 ** attempt, 8000);
  return backoff - Math.random() * (backoff / 4);
}

async function resultOf(response: Response, call: string): Promise<unknown> {
  const text = await response.text();
  const envelope = parseEnvelope(text);
  if (response.ok && envelope?.success === true) return envelope.result;
  const errors = envelope?.errors ?? [];
  const details =
    errors.map((error) => `${error.code ?? "?"} ${error.message ?? ""}`.trim()).join("; ") ||
    text.slice(0, 200);
  throw new CloudflareError(
    `${call}: ${response.status} ${details}`.trim(),
    response.status,
    errors.flatMap((error) => (error.code === undefined ? [] : [error.code])),
  );
}

function parseEnvelope(text: string): Envelope | undefined {
  try {
    return JSON.parse(text) as Envelope;
  } catch {
    return undefined;
  }
}

function reason(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
