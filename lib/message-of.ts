/** Returns what a thrown value says: the message of an `Error`, anything else as text. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
