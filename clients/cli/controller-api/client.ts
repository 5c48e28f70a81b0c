/** The controller's HTTP API for the command line. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import ky, { HTTPError } from "ky";
import type { KyResponse, Options } from "ky";
import type {
  Burst,
  Pause,
  Problem,
  Reconcile,
  SpecChange,
  SpecView,
  Status,
} from "../../../controller/index.ts";
import { messageOf } from "../../../lib/message-of.ts";
import { formatDiagnostic } from "../../../compiler/compile.ts";
import type { Diagnostic } from "../../../compiler/compile.ts";
import { RemoteError, UserError } from "../command-line/failure.ts";

export interface ControllerFlags {
  /** @default the environment's FLOTILLA_CONTROLLER, else http://127.0.0.1:4400 */
  readonly controller?: string;
  /** File with the token. @default the environment's FLOTILLA_TOKEN */
  readonly tokenFile?: string;
}

/** Every method throws `UserError` or `RemoteError` with the controller's own explanation. */
export interface ControllerApi {
  status(): Promise<Status>;
  spec(): Promise<SpecView>;
  /** ETag of a service's document; undefined when there is no such service. */
  serviceTag(name: string): Promise<string | undefined>;
  putService(
    name: string,
    body: { readonly text: string; readonly reason: string },
    tag: string | undefined,
    dryRun: boolean,
  ): Promise<SpecChange>;
  startBurst(body: object): Promise<Burst>;
  endBurst(id: string): Promise<Burst>;
  startPause(body: object): Promise<Pause>;
  endPause(id: string): Promise<Pause>;
  reconcile(body: object): Promise<Reconcile>;
}

const DEFAULT_URL = "http://127.0.0.1:4400";

/** @throws {UserError} without a valid address or a token */
export function openController(flags: ControllerFlags): ControllerApi {
  const url = flags.controller ?? process.env["FLOTILLA_CONTROLLER"] ?? DEFAULT_URL;
  if (!URL.canParse(url))
    throw new UserError(
      `the controller's address ${url} is not a URL: set --controller or FLOTILLA_CONTROLLER`,
    );
  const http = ky.create({
    prefix: url,
    headers: { authorization: `Bearer ${tokenOf(flags)}` },
    // A change of the specs pushes to their git remote, and a reconcile fetches from it.
    timeout: 90_000,
    retry: { limit: 3, methods: ["get", "post", "put", "delete"], statusCodes: [429, 503] },
  });

  async function ask(path: string, options: Options = {}): Promise<KyResponse> {
    try {
      return await http(path, options);
    } catch (error) {
      throw explain(error, url);
    }
  }

  /** Sends a mutation under an idempotency key of its own, so that a retry after a lost answer does nothing twice. */
  async function send(
    method: "post" | "put" | "delete",
    path: string,
    json?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<KyResponse> {
    return ask(path, {
      method,
      headers: { "idempotency-key": randomUUID(), ...headers },
      ...(json === undefined ? {} : { json }),
    });
  }

  return {
    status: async () => (await ask("v1/status")).json<Status>(),
    spec: async () => (await ask("v1/spec")).json<SpecView>(),
    async serviceTag(name) {
      const answer = await ask(`v1/spec/services/${name}`, {
        throwHttpErrors: (status) => status !== 404,
      });
      return answer.ok ? (answer.headers.get("etag") ?? "") : undefined;
    },
    putService: async (name, body, tag, dryRun) =>
      (
        await send(
          "put",
          `v1/spec/services/${name}${dryRun ? "?dry_run=true" : ""}`,
          body,
          tag === undefined ? { "if-none-match": "*" } : { "if-match": tag },
        )
      ).json<SpecChange>(),
    startBurst: async (body) => (await send("post", "v1/bursts", body)).json<Burst>(),
    endBurst: async (id) => (await send("delete", `v1/bursts/${encodeURIComponent(id)}`)).json(),
    startPause: async (body) => (await send("post", "v1/pauses", body)).json<Pause>(),
    endPause: async (id) => (await send("delete", `v1/pauses/${encodeURIComponent(id)}`)).json(),
    reconcile: async (body) => (await send("post", "v1/reconcile", body)).json<Reconcile>(),
  };
}

function tokenOf({ tokenFile }: ControllerFlags): string {
  if (tokenFile !== undefined) {
    try {
      return readFileSync(tokenFile, "utf8").trim();
    } catch {
      throw new UserError(
        `no token can be read from ${tokenFile}: name a file that exists with --token-file`,
      );
    }
  }
  const token = process.env["FLOTILLA_TOKEN"];
  if (token) return token;
  throw new UserError(
    "the controller needs a token: set FLOTILLA_TOKEN, or name a file with --token-file (`flotilla controller token create` makes one)",
  );
}

function explain(error: unknown, url: string): Error {
  if (!(error instanceof HTTPError))
    return new RemoteError(`the controller at ${url} doesn't answer: ${innermost(error)}`, {
      cause: error,
    });
  const problem = error.data as Partial<Problem> | undefined;
  const status = error.response.status;
  const diagnostics = (problem?.diagnostics ?? []) as readonly Diagnostic[];
  const text = [
    problem?.detail ?? `the controller at ${url} answered ${status}`,
    ...diagnostics.map(formatDiagnostic),
  ].join("\n");
  return status < 500 ? new UserError(text) : new RemoteError(text, { cause: error });
}

/** The message of the first cause: `connect ECONNREFUSED 127.0.0.1:4400` instead of `fetch failed`. */
function innermost(error: unknown): string {
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  return messageOf(cause);
}
