import type { Duplex } from "node:stream";

/** Joins two connections: bytes flow both ways at the pace of the slower side, each direction ends on its own, an abrupt end ends both. */
export function joinSockets(a: Duplex, b: Duplex): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to);
    from.on("error", () => to.destroy());
    // A side that closed without an end has broken off.
    from.once("close", () => {
      if (!from.readableEnded) to.destroy();
    });
  }
}
