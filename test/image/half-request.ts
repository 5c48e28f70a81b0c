import { once } from "node:events";
import { connect } from "node:net";

/** A login whose second half comes later: until then its server has a request in hand. */
export async function halfRequest(
  url: string,
  hostname = new URL(url).host,
): Promise<AsyncDisposable & { finish(): Promise<string> }> {
  const address = new URL(url);
  const body = JSON.stringify({ identity: "nobody@flotilla.local", password: "wrong password" });
  const socket = connect(Number(address.port), address.hostname);
  await once(socket, "connect");
  socket.write(
    `POST /api/collections/workers/auth-with-password HTTP/1.1\r\nHost: ${hostname}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
  );
  // The server says so when it begins to read the body: from then on the request is in its hands.
  const [ready] = (await once(socket, "data")) as [Buffer];
  if (!String(ready).startsWith("HTTP/1.1 100 "))
    throw new Error(`answered early: ${String(ready)}`);
  socket.write(body.slice(0, 9));
  return {
    /** Resolves with the answer's first bytes. */
    async finish() {
      const answered = once(socket, "data");
      socket.write(body.slice(9));
      return String((await answered)[0]);
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
      if (!socket.closed) await once(socket, "close");
    },
  };
}
