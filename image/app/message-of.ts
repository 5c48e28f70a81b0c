/** Returns what a thrown value says. A copy of `lib/message-of.ts`: the image has no `lib/`. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
