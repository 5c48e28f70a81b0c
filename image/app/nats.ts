import { connect, hasWsProtocol, nkeyAuthenticator, wsconnect } from "@nats-io/transport-node";
import type { ConnectionOptions, NatsConnection } from "@nats-io/transport-node";

/**
 * Connects to NATS with an nkey. `url` is `nats://…` or, through Caddy's `/nats` route, `wss://…`. With `reconnect` it
 * retries without an end, also the first connection, as a worker must: its NATS may start later, restart, or know the
 * key only after a reload. Without `reconnect` it throws the first failure.
 */
export async function connectNats(options: {
  readonly url: string;
  readonly seed: string;
  readonly name: string;
  readonly reconnect: boolean;
}): Promise<NatsConnection> {
  const connection: ConnectionOptions = {
    servers: options.url,
    name: options.name,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(options.seed)),
    ...(options.reconnect
      ? {
          waitOnFirstConnect: true,
          maxReconnectAttempts: -1,
          ignoreAuthErrorAbort: true,
          reconnectTimeWait: 1_000,
          reconnectJitter: 500,
          // A dead connection is closed after two missed pings, within a minute.
          pingInterval: 20_000,
        }
      : { reconnect: false, timeout: 10_000 }),
  };
  return hasWsProtocol(connection) ? wsconnect(connection) : connect(connection);
}

/** Returns a function that says whether the connection is up now; calls `onChange` when that changes. */
export function watchConnection(
  nc: NatsConnection,
  onChange: (up: boolean, detail: string) => void,
): () => boolean {
  let up = true;
  async function readStatus(): Promise<void> {
    for await (const status of nc.status()) {
      if (status.type === "reconnect") {
        up = true;
        onChange(true, status.server);
      } else if (status.type === "disconnect") {
        up = false;
        onChange(false, status.server);
      }
    }
    up = false;
  }
  void readStatus();
  return () => up;
}
