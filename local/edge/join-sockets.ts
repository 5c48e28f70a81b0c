/** Joins two connections into one. */
import type { Duplex } from "node:stream";

/** Bytes flow both ways at the pace of the slower side; each direction ends on its own; an abrupt end ends both. */
export function joinSockets(a: Duplex, b: Duplex): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to);
    from.on("error", () => to.destroy());
    // A side that closed without having ended said its last word half-way.
    from.once("close", () => {
      if (!from.readableEnded) to.destroy();
    });
  }
}
