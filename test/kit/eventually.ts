import { expect } from "vitest";

/** As `expect`, of what comes about sooner or later: on a busy machine, later. */
export function eventually<T>(look: () => T | Promise<T>): ReturnType<typeof expect.poll<T>> {
  return expect.poll(look, { timeout: 25_000 });
}
