import { spawn } from "node:child_process";
import { Socket } from "node:net";
import type { Writable } from "node:stream";

/**
 * Reads `+p PID`, `+c COMMAND`, `+f FOLDER` line by line, and the same with `-`. When its input ends, the test process is
 * gone, however it went: commands still on the list are run, processes ended, folders removed, in this order.
 */
const program = `
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
const lists = { p: new Set(), c: new Set(), f: new Set() };
for await (const line of createInterface({ input: process.stdin })) {
  lists[line[1]][line[0] === "+" ? "add" : "delete"](line.slice(3));
}
function send(pid, signal) {
  try { return process.kill(Number(pid), signal); } catch { return lists.p.delete(pid) && false; }
}
for (const command of lists.c) {
  const [program, ...args] = JSON.parse(command);
  spawnSync(program, args, { stdio: "ignore" });
}
for (const pid of lists.p) send(pid, "SIGTERM");
for (let i = 0; i < 200 && lists.p.size > 0; i++) {
  for (const pid of lists.p) send(pid, 0);
  await sleep(50);
}
for (const pid of lists.p) send(pid, "SIGKILL");
for (const folder of lists.f) rmSync(folder, { recursive: true, force: true });
`;

let input: Writable | undefined;

function tell(line: string): void {
  input ??= startGuard();
  input.write(`${line}\n`);
}

function startGuard(): Writable {
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["pipe", "ignore", "ignore"],
    // In a group of its own: an interrupt of the tests doesn't end it.
    detached: true,
  });
  // Neither it nor its pipe keeps the tests alive.
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child.stdin;
}

/**
 * Sees to it that a process or folder doesn't outlive the test process, or that a command (program and arguments) is run
 * then; call `done` when nothing is left to do.
 */
export function guard(
  kind: "process" | "folder" | "command",
  what: number | string | readonly string[],
): { done: () => void } {
  const entry = `${kind[0]} ${typeof what === "object" ? JSON.stringify(what) : what}`;
  tell(`+${entry}`);
  return { done: () => tell(`-${entry}`) };
}
