import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { describe, test } from "vitest";
import { chooseControllerPort } from "../../local-up/controller-port.ts";

async function listen(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

describe("the controller's port", () => {
  test("derives from --port-base, as far above it as 4400 is above 4280", async ({ expect }) => {
    const { server, port } = await listen();
    server.close();
    await once(server, "close");
    expect(await chooseControllerPort(port - 120)).toEqual({ port });
  });

  test("is any free one with --port-base 0", async ({ expect }) => {
    expect(await chooseControllerPort(0)).toEqual({ port: 0 });
  });

  test("is any free one when it is in use, and a notice names it", async ({
    expect,
    onTestFinished,
  }) => {
    const { server, port } = await listen();
    onTestFinished(() => void server.close());
    const chosen = await chooseControllerPort(port - 120);
    expect(chosen.port).toBe(0);
    expect(chosen.notice).toContain(`port ${port} is in use`);
  });
});
