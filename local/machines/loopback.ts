/** Whether a Machine's address can be used here: on Linux all of 127.0.0.0/8 can, elsewhere 127.0.0.1 alone. */
import { once } from "node:events";
import { createServer } from "node:net";

/** Throws one sentence with the command that adds the address. */
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
