/** Tells a Machine's entry process to end, and sees to it that it does. */
import type { ChildProcess } from "node:child_process";
import { processesOf } from "./kill-orphans.ts";

const LOOK_EVERY_MS = 250;
/**
 * Process Compose v1.120.0 now and then misses that the last of its processes has ended, and waits out that process's
 * whole shutdown timeout. Once all that it ran is gone for this long, there is nothing left to wait for.
 */
const ALONE_MS = 1_500;

/** Signals it; kills it after the timeout, or once everything it had started is gone and it still lingers. */
export function stopEntry(
  id: string,
  child: ChildProcess,
  how: { readonly signal: string; readonly timeoutMs: number },
): void {
  const hadOthers = processesOf([id]).some((pid) => pid !== child.pid);
  child.kill(how.signal as NodeJS.Signals);
  const timeout = setTimeout(kill, how.timeoutMs);
  let aloneMs = 0;
  const look = setInterval(() => {
    const alone = processesOf([id]).every((pid) => pid === child.pid);
    aloneMs = alone ? aloneMs + LOOK_EVERY_MS : 0;
    if (hadOthers && aloneMs >= ALONE_MS) kill();
  }, LOOK_EVERY_MS);

  function kill(): void {
    child.kill("SIGKILL");
  }

  child.once("exit", () => {
    clearTimeout(timeout);
    clearInterval(look);
  });
}
