import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** `share` in `npm test`, `full` in `npm run test:deep`: see vitest.config.ts. */
    readonly depth: "share" | "full";
  }
}

/**
 * Picks how much of a search to run: a seeded share in `npm test`, all of it in `npm run test:deep`. The share must still
 * reach every kind of case.
 */
export function depth<T>(share: T, full: T): T {
  return inject("depth") === "full" ? full : share;
}
