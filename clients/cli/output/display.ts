/** What a person sees while one waits: a live line on a terminal, plain lines elsewhere. All of it on stderr. */
import { styleText } from "node:util";
import type { RunProgress } from "../../../engine/progress.ts";

export interface Display {
  /** What goes on now; replaces what went on before. */
  step(text: string): void;
  /** A line that stays. */
  line(text: string): void;
  /** Ends the current step with a line that stays. */
  done(text: string): void;
}

const heartbeatMs = 5_000;
const frameMs = 250;

/** A display on `stream`; `close` ends its timer and clears the live line. */
export function openDisplay(stream: NodeJS.WriteStream = process.stderr): Display & {
  close(): void;
} {
  const live = stream.isTTY;
  let current: { text: string; since: number; said: number } | undefined;

  const clear = (): void => {
    if (live) stream.write("\r\u001b[2K");
  };
  const draw = (): void => {
    if (!current) return;
    const elapsed = Date.now() - current.since;
    if (live) {
      const columns = stream.columns ?? 80;
      clear();
      stream.write(`  ${current.text}  ${seconds(elapsed)}`.slice(0, columns - 1));
    } else if (elapsed - current.said >= heartbeatMs) {
      current.said = elapsed;
      stream.write(`  ${current.text}  ${seconds(elapsed)}\n`);
    }
  };
  const timer = setInterval(draw, frameMs);
  timer.unref();

  return {
    step(text) {
      // A step whose words change (3/7, 4/7) goes on counting from its own start.
      const same = current !== undefined && head(current.text) === head(text);
      current = same && current ? { ...current, text } : { text, since: Date.now(), said: 0 };
      if (live) draw();
    },
    line(text) {
      clear();
      stream.write(`${text}\n`);
      draw();
    },
    done(text) {
      const elapsed = current ? Date.now() - current.since : 0;
      current = undefined;
      clear();
      stream.write(`${text}${elapsed > 2_000 ? `  ${seconds(elapsed)}` : ""}\n`);
    },
    close() {
      clearInterval(timer);
      clear();
    },
  };
}

/** `iad: creating Machine iad-0-machine, iad-1-machine (3 done)`. */
export function describeRun(progress: RunProgress): string {
  const all = [...progress.resources.values()].filter(({ component }) => !component);
  const running = all.filter(({ status }) => status === "running");
  const done = all.filter(({ status }) => status === "done").length;
  if (running.length === 0)
    return `${progress.stack}: comparing what is with what should be (${done} done)`;
  const [first] = running;
  const names = running.map(({ label }) => label).join(", ");
  return `${progress.stack}: ${first?.op ?? ""} ${names} (${done} done)`;
}

/** `iad: 5 created, 2 unchanged`. */
export function describeChanges(stack: string, changes: Readonly<Record<string, number>>): string {
  const words: Record<string, string> = {
    create: "created",
    update: "updated",
    delete: "deleted",
    replace: "replaced",
    same: "unchanged",
  };
  const parts = Object.entries(words)
    .filter(([op]) => (changes[op] ?? 0) > 0)
    .map(([op, word]) => `${changes[op]} ${word}`);
  return `${stack}: ${parts.join(", ") || "nothing to do"}`;
}

/** Green check mark, only on a terminal. */
export function ok(text: string): string {
  return `${styleText("green", "ok", { stream: process.stderr })}  ${text}`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

function head(text: string): string {
  return text.split(":", 1)[0] ?? text;
}
