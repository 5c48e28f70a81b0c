/** Stops a Machine's entry process. */
import type { ChildProcess } from "node:child_process";
import { processesOf } from "./kill-orphans.ts";

const POLL_MS = 250;
/**
 * Process Compose v1.120.0 sometimes misses the end of its last process and waits for that process's whole shutdown
 * timeout. When everything that it started has been gone for this long, it is killed.
 */
const ALONE_MS = 1_500;

/** Signals the process; kills it after the timeout, or when everything that it had started is gone and it still runs. */
export function stopEntry(
  id: string,
  child: ChildProcess,
  how: { readonly signal: string; readonly timeoutMs: number },
): void {
  const hadOthers = processesOf([id]).some((pid) => pid !== child.pid);
  child.kill(how.signal as NodeJS.Signals);
  const timeout = setTimeout(kill, how.timeoutMs);
  let aloneMs = 0;
  const poll = setInterval(() => {
    const alone = processesOf([id]).every((pid) => pid === child.pid);
    aloneMs = alone ? aloneMs + POLL_MS : 0;
    if (hadOthers && aloneMs >= ALONE_MS) kill();
  }, POLL_MS);

  function kill(): void {
    child.kill("SIGKILL");
  }

  child.once("exit", () => {
    clearTimeout(timeout);
    clearInterval(poll);
  });
}
