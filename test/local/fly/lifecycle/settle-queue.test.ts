/** Jobs of one Machine run one at a time, and know when a newer request has replaced theirs. */
import { expect, test } from "vitest";
import {
  createSettleQueue,
  type SettleQueue,
} from "../../../../local/fly/lifecycle/settle-queue.ts";

interface HeldJob {
  readonly started: Promise<() => boolean>;
  readonly end: () => void;
}

/** Adds a job that lasts until `end`; `started` resolves to its `isCurrent`. */
function addHeld(queue: SettleQueue, id: string, request: number): HeldJob {
  const started = Promise.withResolvers<() => boolean>();
  const ended = Promise.withResolvers<void>();
  const job = (isCurrent: () => boolean): Promise<void> => {
    started.resolve(isCurrent);
    return ended.promise;
  };
  queue.add(id, request, job, started.reject);
  return { started: started.promise, end: ended.resolve };
}

test("a newer request outdates the job that runs, and its own job waits for that one's end", async () => {
  const queue = createSettleQueue();
  const first = addHeld(queue, "m", queue.begin("m"));
  const isFirstCurrent = await first.started;
  expect(isFirstCurrent()).toBe(true);
  const order: string[] = [];
  const request = queue.begin("m");
  queue.add("m", request, async () => void order.push("second"), String);
  expect(isFirstCurrent()).toBe(false);
  order.push("first ends");
  first.end();
  await queue.idle("m");
  expect(order).toEqual(["first ends", "second"]);
  expect(queue.latest("m")).toBe(request);
});

test("Machines don't wait for each other, and one without jobs is idle", async () => {
  const queue = createSettleQueue();
  const held = addHeld(queue, "a", queue.begin("a"));
  await held.started;
  await queue.idle("b");
  const other = addHeld(queue, "b", queue.begin("b"));
  expect((await other.started)()).toBe(true);
  held.end();
  other.end();
});

test("a job that fails reports its error and doesn't stop the next one", async () => {
  const queue = createSettleQueue();
  const request = queue.begin("m");
  const errors: unknown[] = [];
  queue.add(
    "m",
    request,
    () => Promise.reject(new Error("no")),
    (error) => errors.push(error),
  );
  const next = addHeld(queue, "m", request);
  expect((await next.started)()).toBe(true);
  expect(errors).toMatchObject([{ message: "no" }]);
  next.end();
});

test("closing outdates every job", async () => {
  const queue = createSettleQueue();
  const held = addHeld(queue, "m", queue.begin("m"));
  const isCurrent = await held.started;
  expect(queue.isClosed()).toBe(false);
  queue.close();
  expect([isCurrent(), queue.isClosed()]).toEqual([false, true]);
  held.end();
});
