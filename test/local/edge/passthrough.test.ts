import { once } from "node:events";
import { type Server, type Socket, connect, createServer } from "node:net";
import { createServer as createTlsServer, connect as connectTls } from "node:tls";
import { afterEach, beforeEach, describe, test, vi } from "vitest";
import { type EdgeSetup, HOSTNAME, deadPort, listen, machineAt, setUpEdge } from "./edge-setup.ts";

let setup: EdgeSetup;
let servers: Server[];

beforeEach(async () => {
  setup = await setUpEdge();
  servers = [];
});

afterEach(async () => {
  await setup.close();
  for (const server of servers) server.close();
});

async function origin(handle: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    handle(socket);
  });
  servers.push(server);
  return listen(server);
}

/** A TLS server that answers one word. */
async function tlsOrigin(word: string): Promise<number> {
  const { key, cert } = await setup.originCertificate();
  const server = createTlsServer({ key, cert }, (socket) => {
    socket.on("error", () => {});
    socket.end(word);
  });
  servers.push(server);
  return listen(server);
}

/** What the visitor hears, or the error's code. */
async function visit(port: number, servername = HOSTNAME): Promise<string> {
  const socket = connectTls({ host: "127.0.0.1", port, servername, ca: setup.ca.root });
  let text = "";
  socket.on("data", (data) => (text += String(data)));
  return new Promise((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("close", () => resolve(text));
  });
}

/** Bytes of a real ClientHello for `HOSTNAME`. */
async function helloBytes(): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const port = await origin((socket) =>
    socket.once("data", (data) => {
      resolve(data);
      socket.destroy();
    }),
  );
  connectTls({ host: "127.0.0.1", port, servername: HOSTNAME }).on("error", () => {});
  return promise;
}

describe("pass-through", () => {
  test("the TLS of the visitor is the origin's own", async ({ expect }) => {
    setup.machines = [machineAt("m1", await tlsOrigin("one"))];
    const { edges } = await setup.start({});
    expect(edges).toMatchObject([{ region: "iad", url: `https://127.0.0.1:${edges[0]?.port}` }]);
    expect(await visit(edges[0]?.port ?? 0)).toBe("one");
  });

  test("names of no app, no name and garbage end as a closed connection, and the edge lives on", async ({
    expect,
  }) => {
    setup.machines = [machineAt("m1", await tlsOrigin("one"))];
    const port = (await setup.start({})).edges[0]?.port ?? 0;
    expect(await visit(port, "app.elsewhere.test")).toBe("ECONNRESET");
    expect(setup.messages.at(-1)).toContain("app.elsewhere.test");
    for (const bytes of ["GET / HTTP/1.1\r\n\r\n", Buffer.from([22, 3, 1, 255, 255])]) {
      const socket = connect(port, "127.0.0.1").on("error", () => {});
      socket.write(bytes);
      await once(socket, "close");
    }
    const silent = connect(port, "127.0.0.1");
    silent.end();
    await once(silent.resume(), "close");
    expect(await visit(port)).toBe("one");
  });

  test("each edge leads to its own region, and to another continent when that has no healthy Machine", async ({
    expect,
  }) => {
    const [iad, fra] = [
      machineAt("m1", await tlsOrigin("iad")),
      machineAt("m2", await tlsOrigin("fra"), { region: "fra" }),
    ];
    setup.machines = [iad, fra];
    const { edges } = await setup.start({
      regions: [
        { region: "iad", port: 0 },
        { region: "fra", port: 0 },
      ],
    });
    const visitAll = () => Promise.all(edges.map(({ port }) => visit(port)));
    expect(await visitAll()).toEqual(["iad", "fra"]);
    setup.machines = [
      iad,
      { ...fra, checks: [{ name: "servicecheck-00-tcp-8444", status: "critical" }] },
    ];
    expect(await visitAll()).toEqual(["iad", "iad"]);
    setup.machines = [
      { ...iad, cordoned: true },
      { ...fra, state: "stopped" },
    ];
    expect(await visitAll()).toEqual(["ECONNRESET", "ECONNRESET"]);
    expect(setup.messages.at(-1)).toContain("no Machine of acme accepts the connection (none)");
  });

  test("a Machine that refuses is passed over before a byte is lost", async ({ expect }) => {
    setup.machines = [machineAt("a", await deadPort()), machineAt("b", await tlsOrigin("second"))];
    expect(await visit((await setup.start({})).edges[0]?.port ?? 0)).toBe("second");
  });

  test("the PROXY header names the visitor, before the first of its bytes", async ({ expect }) => {
    const hello = await helloBytes();
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    const chunks: Buffer[] = [];
    const port = await origin((socket) =>
      socket
        .on("data", (data) => chunks.push(data))
        .on("end", () => resolve(Buffer.concat(chunks))),
    );
    setup.machines = [machineAt("m1", port, { handlers: ["proxy_proto"] })];
    const edge = (await setup.start({})).edges[0]?.port ?? 0;
    const socket = connect(edge, "127.0.0.1").on("error", () => {});
    await once(socket, "connect");
    const { localPort } = socket;
    // In two pieces, so that the edge has to wait for the name.
    socket.write(hello.subarray(0, 60));
    await vi.waitFor(() => expect(socket.bytesWritten).toBe(60));
    socket.end(hello.subarray(60));
    const received = await promise;
    const header = `PROXY TCP4 127.0.0.1 127.0.0.1 ${localPort} ${edge}\r\n`;
    expect(received.toString("latin1", 0, header.length)).toBe(header);
    expect(received.subarray(header.length).equals(hello)).toBe(true);
    socket.destroy();
  });

  test("either side may end first and still hear the other out", async ({ expect }) => {
    const hello = await helloBytes();
    const port = await origin((socket) => socket.resume().on("end", () => socket.end("last word")));
    setup.machines = [machineAt("m1", port)];
    const socket = connect({
      port: (await setup.start({})).edges[0]?.port ?? 0,
      host: "127.0.0.1",
      allowHalfOpen: true,
    });
    socket.end(hello);
    let text = "";
    socket.on("data", (data) => (text += String(data)));
    await once(socket, "end");
    expect(text).toBe("last word");
  });

  test("a reader that is slow slows the origin down, and gets every byte", async ({ expect }) => {
    const hello = await helloBytes();
    const total = 32 * 1024 * 1024;
    let sent = 0;
    let paused = false;
    const port = await origin((socket) => {
      const chunk = Buffer.alloc(64 * 1024, 7);
      const pump = () => {
        while (sent < total) {
          sent += chunk.length;
          if (!socket.write(chunk)) {
            paused = true;
            socket.once("drain", pump);
            return;
          }
        }
        socket.end();
      };
      socket.once("data", pump);
    });
    setup.machines = [machineAt("m1", port)];
    const socket = connect((await setup.start({})).edges[0]?.port ?? 0, "127.0.0.1");
    socket.write(hello);
    await vi.waitFor(() => expect(paused).toBe(true));
    // Nobody reads: what the origin could send fits into the buffers between.
    let before = -1;
    await vi.waitFor(
      () => {
        const stalled = sent === before;
        before = sent;
        expect(stalled).toBe(true);
      },
      { interval: 100 },
    );
    expect(sent).toBeLessThan(total);
    let received = 0;
    socket.on("data", (data) => (received += data.length));
    await once(socket, "end");
    expect(received).toBe(total);
  });

  test("connections are counted while they last, so a hard limit sends the next one on", async ({
    expect,
  }) => {
    const hello = await helloBytes();
    const greet = (word: string) =>
      origin(
        (socket) => void socket.on("data", () => socket.write(word)).on("end", () => socket.end()),
      );
    const limited = (id: string, port: number, region: string) => {
      const machine = machineAt(id, port, { region });
      const [service] = machine.config.services ?? [];
      return {
        ...machine,
        config: { services: service ? [{ ...service, concurrency: { hard_limit: 1 } }] : [] },
      };
    };
    setup.machines = [
      limited("m1", await greet("near"), "iad"),
      limited("m2", await greet("far"), "fra"),
    ];
    const edge = (await setup.start({})).edges[0]?.port ?? 0;
    const open = async () => {
      const socket = connect(edge, "127.0.0.1").on("error", () => {});
      socket.write(hello);
      const word = await new Promise<string>((resolve) => {
        socket.once("data", (data) => resolve(String(data)));
        socket.once("close", () => resolve("closed"));
      });
      return { socket, word };
    };
    const first = await open();
    const second = await open();
    expect([first.word, second.word]).toEqual(["near", "far"]);
    first.socket.destroy();
    await vi.waitFor(async () => {
      const third = await open();
      third.socket.destroy();
      expect(third.word).toBe("near");
    });
    second.socket.destroy();
  });

  test("an abrupt end on either side doesn't affect other connections", async ({ expect }) => {
    const hello = await helloBytes();
    const errors: unknown[] = [];
    const note = (error: unknown) => errors.push(error);
    process.on("uncaughtException", note).on("unhandledRejection", note);
    const port = await origin((socket) => void socket.once("data", () => socket.resetAndDestroy()));
    setup.machines = [machineAt("m1", port)];
    const edge = (await setup.start({})).edges[0]?.port ?? 0;
    const closed = Array.from({ length: 20 }, async () => {
      const socket = connect(edge, "127.0.0.1").on("error", () => {});
      socket.write(hello);
      await once(socket, "close");
    });
    const rude = Array.from({ length: 20 }, async () => {
      const socket = connect(edge, "127.0.0.1").on("error", () => {});
      await once(socket, "connect");
      socket.write(hello, () => socket.resetAndDestroy());
      await once(socket, "close");
    });
    await Promise.all([...closed, ...rude]);
    setup.machines = [machineAt("m2", await tlsOrigin("alive"))];
    expect(await visit(edge)).toBe("alive");
    process.off("uncaughtException", note).off("unhandledRejection", note);
    expect(errors).toEqual([]);
  });

  test("a port in use is an error, and no listener is left", async ({ expect }) => {
    const taken = await origin(() => {});
    const free = await deadPort();
    const regions = [
      { region: "iad", port: free },
      { region: "fra", port: taken },
    ];
    await expect(setup.start({ regions })).rejects.toMatchObject({
      code: "EADDRINUSE",
      port: taken,
    });
    await expect(once(connect(free, "127.0.0.1"), "connect")).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
  });
});
