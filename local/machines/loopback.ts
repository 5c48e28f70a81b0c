/** Checks that a Machine's address can be used: on Linux all of 127.0.0.0/8 can, elsewhere only 127.0.0.1. */
import { once } from "node:events";
import { createServer } from "node:net";

/** @throws with a sentence that names the command which adds the address */
export async function assertLoopback(address: string): Promise<void> {
  const server = createServer();
  try {
    server.listen(0, address);
    await once(server, "listening");
  } catch (error) {
    throw new Error(
      `the address ${address} can't be used on this system: add it with \`sudo ifconfig lo0 alias ${address} up\``,
      { cause: error },
    );
  } finally {
    server.close();
  }
}
