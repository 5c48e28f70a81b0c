import { execFileSync } from "node:child_process";
import { assert, json, property } from "fast-check";
import { describe, test } from "vitest";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { sleep, systemClock, waitUntil } from "../../lib/clock.ts";
import type { Clock } from "../../lib/clock.ts";
import { sha256 } from "../../lib/hash.ts";
import { messageOf } from "../../lib/message-of.ts";
import { createSerialQueue } from "../../lib/serial-queue.ts";
import { shellQuote } from "../../lib/shell-quote.ts";

test("messageOf says what was thrown, an Error or not", ({ expect }) => {
  expect(messageOf(new Error("the disk is full"))).toBe("the disk is full");
  expect(messageOf("a bare text")).toBe("a bare text");
  expect(messageOf(undefined)).toBe("undefined");
});

// Source: FIPS 180-4, example of "abc".
test("sha256 is the hash that others compute", ({ expect }) => {
  expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

describe("canonicalJson", () => {
  test("doesn't depend on the order of keys, at any depth", ({ expect }) => {
    expect(canonicalJson({ b: { d: 1, c: [{ z: 1, y: 2 }] }, a: null })).toBe(
      '{"a":null,"b":{"c":[{"y":2,"z":1}],"d":1}}',
    );
  });

  test("keeps the content of any JSON", () => {
    assert(
      property(json(), (text) => {
        const value: unknown = JSON.parse(text);
        return canonicalJson(JSON.parse(canonicalJson(value))) === canonicalJson(value);
      }),
    );
  });
});

test("shellQuote gives a real shell the same text back", ({ expect }) => {
  for (const text of ["plain", "it's", '$HOME `id` \\ "x"', "two\nlines", "''", ""]) {
    const printed = execFileSync("sh", ["-c", `printf %s ${shellQuote(text)}`]).toString();
    expect(printed).toBe(text);
  }
});

describe("a serial queue", () => {
  test("runs one job at a time, in order, also after one that fails", async ({ expect }) => {
    const queue = createSerialQueue();
    const seen: string[] = [];
    const first = Promise.withResolvers<void>();
    const slow = queue.run(async () => {
      seen.push("slow starts");
      await first.promise;
      seen.push("slow ends");
    });
    const failing = queue.run(async () => Promise.reject(new Error("broken")));
    const last = queue.run(async () => {
      seen.push("last");
      return 3;
    });
    first.resolve();
    await slow;
    await expect(failing).rejects.toThrow("broken");
    expect(await last).toBe(3);
    await queue.idle();
    expect(seen).toEqual(["slow starts", "slow ends", "last"]);
  });
});

describe("the clock's waits", () => {
  function handClock(): Clock & { turn(ms: number): void; readonly waiting: number } {
    let now = 1_000;
    let timers: { at: number; callback: () => void }[] = [];
    return {
      now: () => now,
      after(ms, callback) {
        const timer = { at: now + ms, callback };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
      turn(ms) {
        now += ms;
        const due = timers.filter(({ at }) => at <= now);
        timers = timers.filter(({ at }) => at > now);
        for (const { callback } of due) callback();
      },
      get waiting() {
        return timers.length;
      },
    };
  }

  test("the system's clock tells the time of the machine, and calls back no more once cancelled", async ({
    expect,
  }) => {
    const before = Date.now();
    let called = false;
    systemClock.after(1, () => {
      called = true;
    })();
    await sleep(systemClock, 20);
    expect(called).toBe(false);
    expect(systemClock.now() - before).toBeGreaterThanOrEqual(19);
  });

  test("sleep ends when its time has passed", async ({ expect }) => {
    const clock = handClock();
    let woke = false;
    async function dream(): Promise<void> {
      await sleep(clock, 50);
      woke = true;
    }
    const sleeping = dream();
    clock.turn(49);
    await Promise.resolve();
    expect(woke).toBe(false);
    clock.turn(1);
    await sleeping;
    expect(woke).toBe(true);
  });

  test("waitUntil ends at its time or when told, and leaves no timer behind", async ({
    expect,
  }) => {
    const clock = handClock();
    const reached = waitUntil(clock, 1_010, new AbortController().signal);
    clock.turn(10);
    await reached;
    const controller = new AbortController();
    const aborted = waitUntil(clock, 9_999, controller.signal);
    controller.abort();
    await aborted;
    await waitUntil(clock, 9_999, controller.signal);
    expect(clock.waiting).toBe(0);
  });
});
