import type { ToolName } from "./recipe.ts";

/** Phase of a build. `waiting`: another process builds the same tool. */
export type BuildPhase = "waiting" | "loading" | "downloading" | "compiling";

/** Progress of obtaining tools. A tool that is already installed causes no event. */
export type ToolEvent =
  | {
      readonly kind: "progress";
      readonly tool: ToolName;
      readonly version: string;
      /** 1-based, among the tools that this call has to build. */
      readonly index: number;
      readonly total: number;
      readonly phase: BuildPhase;
      readonly elapsedMs: number;
      /** The module or package in work, or the process waited for. */
      readonly detail: string;
      /** Number of modules downloaded, or packages compiled, so far. */
      readonly count: number;
    }
  | {
      readonly kind: "done";
      readonly tool: ToolName;
      readonly version: string;
      readonly index: number;
      readonly total: number;
      readonly elapsedMs: number;
    }
  | { readonly kind: "warning"; readonly message: string };

export interface ProgressOutput {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Without a terminal, a line is written at least this often although the phase doesn't change. */
const heartbeatMs = 5000;

/**
 * Returns a listener that writes tool events as text: on a terminal one line per tool, rewritten in place; elsewhere a
 * line when a tool starts, changes its phase or is done, and every 5 seconds in between.
 */
export function createProgressText(out: ProgressOutput): (event: ToolEvent) => void {
  return out.isTTY === true ? terminalText(out) : plainText(out);
}

function terminalText(out: ProgressOutput): (event: ToolEvent) => void {
  let open = false;
  return (event) => {
    // Only a line that is still being rewritten is cleared; a finished one stays.
    const start = open ? "\r\u001B[K" : "";
    open = event.kind === "progress";
    out.write(`${start}${formatToolEvent(event)}${open ? "" : "\n"}`);
  };
}

function plainText(out: ProgressOutput): (event: ToolEvent) => void {
  let shown = "";
  let shownAt = 0;
  return (event) => {
    if (event.kind === "progress") {
      const key = `${event.tool} ${event.phase}`;
      if (key === shown && event.elapsedMs - shownAt < heartbeatMs) return;
      shown = key;
      shownAt = event.elapsedMs;
    }
    out.write(`${formatToolEvent(event)}\n`);
  };
}

/** Returns an event as one line, without a line end. */
export function formatToolEvent(event: ToolEvent): string {
  if (event.kind === "warning") return `warning: ${event.message}`;
  const head = `tool ${event.index} of ${event.total}  ${event.tool} ${event.version}`;
  const elapsed = formatElapsed(event.elapsedMs);
  if (event.kind === "done") return `${head}  ready after ${elapsed}`;
  return `${head}  ${phaseText(event.phase, event.count)}  ${elapsed}${event.detail === "" ? "" : `  ${shorten(event.detail)}`}`;
}

function phaseText(phase: BuildPhase, count: number): string {
  switch (phase) {
    case "waiting":
      return "waiting for another build";
    case "loading":
      return "loading modules";
    case "downloading":
      return `downloading modules (${count})`;
    case "compiling":
      return `compiling (${count} packages)`;
  }
}

/** A line longer than a terminal's can't be rewritten in place. */
function shorten(detail: string): string {
  return detail.length <= 30 ? detail : `…${detail.slice(-29)}`;
}

function formatElapsed(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
