/**
 * Finds the server name in the first bytes of a TLS connection (RFC 8446, 4.1.2; RFC 6066, 3). Pure. Every length is checked
 * against the bytes received. Written by hand: Node parses a ClientHello only in order to terminate TLS.
 */

export type HelloResult =
  | { readonly kind: "incomplete" }
  /** In lower case; absent when the client sent no server name. */
  | { readonly kind: "hello"; readonly serverName?: string }
  | { readonly kind: "invalid"; readonly reason: string };

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME_EXTENSION = 0;
const HOST_NAME = 0;
const MAX_RECORD = 16_384;
/** Real ClientHellos have at most 2 KB, post-quantum key shares included. */
const MAX_HELLO = 65_536;

/** Reads a ClientHello from all bytes received so far. */
export function readClientHello(bytes: Buffer): HelloResult {
  const collected = collectHandshake(bytes);
  if ("reason" in collected) return { kind: "invalid", reason: collected.reason };
  const { handshake } = collected;
  if (handshake.length < 4) return { kind: "incomplete" };
  if (handshake[0] !== CLIENT_HELLO)
    return { kind: "invalid", reason: "the first message is no ClientHello" };
  const length = handshake.readUIntBE(1, 3);
  if (length > MAX_HELLO) return { kind: "invalid", reason: "the ClientHello is too long" };
  if (handshake.length < 4 + length) return { kind: "incomplete" };
  try {
    const serverName = readServerName(new Cursor(handshake.subarray(4, 4 + length)));
    return serverName === undefined ? { kind: "hello" } : { kind: "hello", serverName };
  } catch (error) {
    if (!(error instanceof OutOfBounds)) throw error;
    return { kind: "invalid", reason: "a length in the ClientHello goes beyond its end" };
  }
}

/** Joins the parts of a message that is spread over several records, of which the last may still be incomplete. */
function collectHandshake(
  bytes: Buffer,
): { readonly handshake: Buffer } | { readonly reason: string } {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] !== HANDSHAKE_RECORD) return { reason: "this is not TLS" };
    if (bytes[at + 1] !== undefined && bytes[at + 1] !== 3)
      return { reason: "this is no version of TLS" };
    if (at + 5 > bytes.length) break;
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > MAX_RECORD) return { reason: "a record has an impossible length" };
    parts.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return { handshake: Buffer.concat(parts) };
}

function readServerName(hello: Cursor): string | undefined {
  hello.skip(2 + 32);
  hello.skip(hello.uint8());
  hello.skip(hello.uint16());
  hello.skip(hello.uint8());
  if (hello.isAtEnd()) return undefined;
  const extensions = hello.sub(hello.uint16());
  while (!extensions.isAtEnd()) {
    const type = extensions.uint16();
    const body = extensions.sub(extensions.uint16());
    if (type === SERVER_NAME_EXTENSION) return readHostName(body.sub(body.uint16()));
  }
  return undefined;
}

function readHostName(names: Cursor): string | undefined {
  while (!names.isAtEnd()) {
    const type = names.uint8();
    const name = names.text(names.uint16());
    if (type === HOST_NAME) return name.toLowerCase();
  }
  return undefined;
}

class OutOfBounds extends Error {}

class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  skip(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw new OutOfBounds();
    this.#at += length;
    return start;
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.skip(1));
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.skip(2));
  }

  text(length: number): string {
    const start = this.skip(length);
    return this.#bytes.toString("latin1", start, start + length);
  }

  sub(length: number): Cursor {
    const start = this.skip(length);
    return new Cursor(this.#bytes.subarray(start, start + length));
  }
}
