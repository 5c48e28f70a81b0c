import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "vitest";
import { withLock } from "../../toolchain/lock.ts";
import { scratchFolder } from "../kit/scratch-folder.ts";

const noWait = { onWait: () => {} };

test("the second one waits until the first is done, and the lock is gone afterwards", async ({
  expect,
}) => {
  const path = join(scratchFolder(), "lock");
  const order: string[] = [];
  let finish = (): void => {};
  const held = new Promise<void>((resolve) => (finish = resolve));
  const first = withLock(path, noWait, async () => {
    order.push("first in");
    await held;
    order.push("first out");
  });
  await expect.poll(() => order).toEqual(["first in"]);
  const waited: number[] = [];
  const second = withLock(path, { onWait: (pid) => void waited.push(pid) }, async () => {
    order.push("second in");
  });
  await expect.poll(() => waited[0]).toBe(process.pid);
  finish();
  await Promise.all([first, second]);
  expect(order).toEqual(["first in", "first out", "second in"]);
  await expect(stat(path)).rejects.toThrow("ENOENT");
});

test("a lock dies with its holder, also when another process has the pid by now", async ({
  expect,
}) => {
  const path = join(scratchFolder(), "lock");
  const module = JSON.stringify(join(import.meta.dirname, "../../toolchain/lock.ts"));
  const holder = spawn(process.execPath, [
    "--input-type=module",
    "--eval",
    `import { withLock } from ${module};
     await withLock(${JSON.stringify(path)}, { onWait() {} }, () => new Promise((r) => setTimeout(r, 60_000)));`,
  ]);
  await expect
    .poll(async () => readFile(path, "utf8").catch(() => ""), { timeout: 10_000 })
    .toContain(`"pid":${holder.pid}`);
  const content = await readFile(path, "utf8");
  holder.kill("SIGKILL");
  await once(holder, "exit");
  expect(await withLock(path, noWait, async () => "taken over")).toBe("taken over");

  await writeFile(path, content.replace(String(holder.pid), String(process.pid)));
  expect(await withLock(path, noWait, async () => "taken over")).toBe("taken over");
});

test("a failure inside gives the lock back", async ({ expect }) => {
  const path = join(scratchFolder(), "lock");
  const failing = withLock(path, noWait, async () => Promise.reject(new Error("inside")));
  await expect(failing).rejects.toThrow("inside");
  expect(await withLock(path, noWait, async () => 1)).toBe(1);
});
