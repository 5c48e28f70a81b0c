/** The real process of a dynamic provider, called over gRPC as the engine does. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

/** Resolves the dependencies of Pulumi's SDK. */
const fromPulumi = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"));

interface Message {
  [setter: `set${string}`]: (value: unknown) => void;
  getProperties(): { toJavaScript(): Record<string, unknown> } | undefined;
  getInputs(): { toJavaScript(): Record<string, unknown> } | undefined;
  getChanges(): number;
  getId(): string;
}

type Method = "check" | "diff" | "create" | "read" | "update" | "delete";
type Client = Record<
  Method,
  (request: Message, done: (error: Error | null, reply: Message) => void) => void
> & {
  close(): void;
};

/** `call("create", {properties: {…}})` resolves with the reply, or rejects with the gRPC error. */
export interface DynamicProvider {
  call(method: Method, fields: Readonly<Record<string, unknown>>): Promise<Message>;
}

export const diffSome = 2;

/** Starts the process in `cwd`, as the engine does in the project's folder. It ends with the test. */
export async function startDynamicProvider(
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<DynamicProvider> {
  const script = fromPulumi.resolve("@pulumi/pulumi/cmd/dynamic-provider");
  const child = spawn(process.execPath, [script, "127.0.0.1:1"], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  // The process prints its port in its first line.
  const port = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("exit", (code) =>
      reject(new Error(`The provider process ended with code ${code ?? "none"}.`)),
    );
  });

  const grpc = fromPulumi("@grpc/grpc-js") as { credentials: { createInsecure(): unknown } };
  const { ResourceProviderClient } = fromPulumi("@pulumi/pulumi/proto/provider_grpc_pb") as {
    ResourceProviderClient: new (address: string, credentials: unknown) => Client;
  };
  const messages = fromPulumi("@pulumi/pulumi/proto/provider_pb") as Record<
    string,
    new () => Message
  >;
  const { Struct } = fromPulumi("google-protobuf/google/protobuf/struct_pb") as {
    Struct: { fromJavaScript(value: object): unknown };
  };
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  onTestFinished(async () => {
    client.close();
    child.kill();
    await ended;
  });

  function call(method: Method, fields: Readonly<Record<string, unknown>>): Promise<Message> {
    const Request = messages[`${method[0]?.toUpperCase()}${method.slice(1)}Request`];
    if (Request === undefined) throw new Error(`No request for ${method}.`);
    const request = new Request();
    for (const [name, value] of Object.entries(fields)) {
      const setter = `set${name[0]?.toUpperCase()}${name.slice(1)}` as const;
      request[setter]?.(
        typeof value === "object" && value !== null ? Struct.fromJavaScript(value) : value,
      );
    }
    return new Promise((resolve, reject) => {
      client[method](request, (error, reply) => (error === null ? resolve(reply) : reject(error)));
    });
  }
  return { call };
}
