import { connect, hasWsProtocol, nkeyAuthenticator, wsconnect } from "@nats-io/transport-node";
import type { ConnectionOptions, NatsConnection } from "@nats-io/transport-node";

/**
 * Connects with an nkey. `patient` waits and reconnects for ever, as a worker must: its NATS may start later, restart,
 * or know its key only after a reload. Otherwise the first failure is thrown.
 * `url` is `nats://…` or, through Caddy's `/nats` route, `wss://…`.
 */
export async function connectNats(options: {
  readonly url: string;
  readonly seed: string;
  readonly name: string;
  readonly patient: boolean;
}): Promise<NatsConnection> {
  const connection: ConnectionOptions = {
    servers: options.url,
    name: options.name,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(options.seed)),
    ...(options.patient
      ? {
          waitOnFirstConnect: true,
          maxReconnectAttempts: -1,
          ignoreAuthErrorAbort: true,
          reconnectTimeWait: 1_000,
          reconnectJitter: 500,
          // Two missed pings end a dead connection after a minute at most.
          pingInterval: 20_000,
        }
      : { reconnect: false, timeout: 10_000 }),
  };
  return hasWsProtocol(connection) ? wsconnect(connection) : connect(connection);
}

/** Tells whether the connection is up right now. */
export function watchConnection(
  nc: NatsConnection,
  onChange: (up: boolean, detail: string) => void,
): () => boolean {
  let up = true;
  async function follow(): Promise<void> {
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
  void follow();
  return () => up;
}
