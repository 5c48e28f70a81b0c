import { expect } from "vitest";

/** Like `expect`, for a value that becomes right within 25 seconds. */
export function eventually<T>(look: () => T | Promise<T>): ReturnType<typeof expect.poll<T>> {
  return expect.poll(look, { timeout: 25_000 });
}
