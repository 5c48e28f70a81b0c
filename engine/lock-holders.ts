/** The process that holds a stack's lock, and its machine. */
export interface LockHolder {
  readonly host: string;
  readonly pid: number;
}

/**
 * Parses the engine's message: `…/locks/….json: created by ann@laptop (pid 4711) at 2026-01-01T10:00:00Z`, a line per lock.
 * Source: pulumi, pkg/backend/diy/lock.go.
 */
export function parseLockHolders(text: string): LockHolder[] {
  return [...text.matchAll(/created by [^\n]*@([^\s@]+) \(pid (\d+)\) at /g)].map(
    ([, host = "", pid]) => ({ host, pid: Number(pid) }),
  );
}
