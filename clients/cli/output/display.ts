/** Progress for a person who waits, on standard error: a live line on a terminal, plain lines elsewhere. */

export interface Display {
  /** Shows the current step in place of the previous one. */
  step(text: string): void;
  /** Prints a line that stays; the current step goes on. */
  line(text: string): void;
  /** Prints a line that stays and ends the current step. */
  done(text: string): void;
}

/** Where there is no live line, a step that takes long is printed again after this time. */
const HEARTBEAT_MS = 5_000;
const FRAME_MS = 250;

/** Opens a display on `stream`; `close` ends its timer and clears the live line. */
export function openDisplay(stream: NodeJS.WriteStream = process.stderr): Display & {
  close(): void;
} {
  const live = stream.isTTY;
  let current: { text: string; since: number; printedAtMs: number } | undefined;

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
    } else if (elapsed - current.printedAtMs >= HEARTBEAT_MS) {
      current.printedAtMs = elapsed;
      stream.write(`  ${current.text}  ${seconds(elapsed)}\n`);
    }
  };
  const timer = setInterval(draw, FRAME_MS);
  timer.unref();

  return {
    step(text) {
      // A step whose text changes only after the colon, `iad: … (3 done)`, keeps its start time.
      const same = current !== undefined && head(current.text) === head(text);
      current =
        same && current ? { ...current, text } : { text, since: Date.now(), printedAtMs: 0 };
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

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

function head(text: string): string {
  return text.split(":", 1)[0] ?? text;
}
