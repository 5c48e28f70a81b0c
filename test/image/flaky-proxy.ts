import { once } from "node:events";
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";

/** A proxy in front of PocketBase that misbehaves on demand when a result is created. */
export interface FlakyProxy extends AsyncDisposable {
  readonly url: string;
  /** PocketBase does the next create, but its answer is lost. */
  readonly loseNextAnswer: () => void;
  /** Keeps the next create back; resolves once it is there, with the function that lets it through. */
  readonly holdNextCreate: () => Promise<() => void>;
  /** Creates that have reached the proxy. */
  readonly creates: () => number;
}

export async function startFlakyProxy(
  host: string,
  target: { host: string; port: number },
): Promise<FlakyProxy> {
  let creates = 0;
  let loses = false;
  let holds: ((release: () => void) => void) | undefined;
  const server = createServer((incoming, outgoing) => {
    const isCreate =
      incoming.method === "POST" && incoming.url?.includes("/results/records") === true;
    if (isCreate) creates += 1;
    const lose = isCreate && loses;
    if (lose) loses = false;
    function pass(): void {
      const onward = forward(
        { ...target, method: incoming.method, path: incoming.url, headers: incoming.headers },
        (answer) => {
          if (lose) {
            // Only when PocketBase has answered is the record surely written.
            answer.resume().once("end", () => outgoing.destroy());
            return;
          }
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      onward.once("error", () => outgoing.destroy());
      incoming.pipe(onward);
    }
    if (isCreate && holds) {
      holds(pass);
      holds = undefined;
    } else pass();
  });
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    loseNextAnswer: () => {
      loses = true;
    },
    holdNextCreate: () =>
      new Promise((resolve) => {
        holds = resolve;
      }),
    creates: () => creates,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
