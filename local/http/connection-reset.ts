/** Connections that the emulator resets: the client gets no answer at all. */
import type { ServerResponse } from "node:http";
import type { Context } from "hono";

/** Marks the placeholder response of a connection that was reset; no client receives it. */
const RESET_HEADER = "flotilla-local-reset";

/** Destroys the connection of the call and returns the placeholder that stands for its missing answer. */
export function resetConnection(c: Context): Response {
  (c.env as { outgoing?: ServerResponse } | undefined)?.outgoing?.destroy();
  return new Response(null, { status: 500, headers: { [RESET_HEADER]: "1" } });
}

export function isConnectionReset(response: Response): boolean {
  return response.headers.has(RESET_HEADER);
}
