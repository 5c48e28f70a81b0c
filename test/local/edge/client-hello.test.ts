import { type AddressInfo, createServer } from "node:net";
import { connect } from "node:tls";
import * as fc from "fast-check";
import { describe, test } from "vitest";
import { readClientHello } from "../../../local/edge/client-hello.ts";

/** The bytes that Node's own TLS client sends first. */
async function captureHello(servername: string | undefined): Promise<Buffer> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const bytes = new Promise<Buffer>((resolve) => {
    server.once("connection", (socket) => {
      socket.on("error", () => {});
      socket.once("data", (data) => {
        socket.destroy();
        resolve(data);
      });
    });
  });
  connect({ host: "127.0.0.1", port, ...(servername ? { servername } : {}) }).on("error", () => {});
  const hello = await bytes;
  server.close();
  return hello;
}

/** The same message cut into records of that many bytes. */
function inRecordsOf(size: number, hello: Buffer): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    const head = Buffer.from([22, 3, 1, 0, 0]);
    head.writeUInt16BE(part.length, 3);
    records.push(head, part);
  }
  return Buffer.concat(records);
}

describe("readClientHello", () => {
  test("finds the name a real client asks for, in lower case", async ({ expect }) => {
    expect(readClientHello(await captureHello("App-FRA.Example.com"))).toEqual({
      kind: "hello",
      serverName: "app-fra.example.com",
    });
  });

  test("a client that sends no server name", async ({ expect }) => {
    expect(readClientHello(await captureHello(undefined))).toEqual({ kind: "hello" });
  });

  test("every shorter beginning is incomplete, never wrong", async ({ expect }) => {
    const hello = await captureHello("app.example.com");
    for (let length = 0; length < hello.length; length++) {
      expect(readClientHello(hello.subarray(0, length))).toEqual({ kind: "incomplete" });
    }
  });

  test("the message may be spread over many records, and more may follow it", async ({
    expect,
  }) => {
    const hello = await captureHello("app.example.com");
    for (const size of [1, 7, 100]) {
      const spread = inRecordsOf(size, hello);
      expect(readClientHello(spread)).toMatchObject({ serverName: "app.example.com" });
      expect(readClientHello(spread.subarray(0, spread.length - 1))).toEqual({
        kind: "incomplete",
      });
    }
    expect(readClientHello(Buffer.concat([hello, Buffer.from([22, 3, 3, 0, 1, 0])]))).toMatchObject(
      { serverName: "app.example.com" },
    );
  });

  test.for([
    ["plain HTTP", Buffer.from("GET / HTTP/1.1\r\n")],
    ["SSH", Buffer.from("SSH-2.0-OpenSSH_9.6\r\n")],
    ["a record of no length", Buffer.from([22, 3, 1, 0, 0, 1])],
    ["a record too long", Buffer.from([22, 3, 1, 0xff, 0xff, 1])],
    ["another version", Buffer.from([22, 9, 1, 0, 5, 1])],
    ["another message", Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
    ["an endless message", Buffer.from([22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff])],
    [
      "a session id beyond the end",
      Buffer.concat([
        Buffer.from([22, 3, 1, 0, 39, 1, 0, 0, 35]),
        Buffer.alloc(34),
        Buffer.from([200]),
      ]),
    ],
  ] as const)("refuses %s", ([, bytes], { expect }) => {
    expect(readClientHello(bytes).kind).toBe("invalid");
  });

  test("survives any damage to a real one", async () => {
    const hello = await captureHello("app.example.com");
    fc.assert(
      fc.property(
        fc.nat(hello.length - 1),
        fc.nat(255),
        fc.nat(hello.length),
        (at, value, length) => {
          const damaged = Buffer.from(hello);
          damaged[at] = value;
          readClientHello(damaged.subarray(0, length));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("survives any bytes at all", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        (bytes) => void readClientHello(Buffer.from(bytes)),
      ),
    );
  });
});
