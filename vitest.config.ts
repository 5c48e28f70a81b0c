import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** For tests that drive the real engine. */
const patience = { testTimeout: 240_000, hookTimeout: 300_000 };

/** Searches that run a seeded share of their cases in `npm test` and all of them in `npm run test:deep`. */
const searches = [
  "test/compiler/mutation.test.ts",
  "test/compiler/properties*.test.ts",
  "test/compiler/change/plan-change.test.ts",
  "test/simulation/*.test.ts",
  "test/controller/simulation/*.test.ts",
  "test/controller/loop-simulation/*.test.ts",
];

// Every `node` that a test starts, the engine's language host and providers too, finds its modules compiled.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules/.cache/node-compile");

export default defineConfig({
  test: {
    // Builds the engine and the services once, visibly, before any test.
    globalSetup: ["test/toolchain/setup.ts"],
    // An engine and a local cloud of its own keep a core busy; npm test, which also waits for processes, has three workers.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/deep/**", "test/e2e/**", "test/flyctl/**", "test/long/**"],
          provide: { depth: "share" },
          testTimeout: 60_000,
        },
      },
      { test: { name: "flyctl", include: ["test/flyctl/*.test.ts"] } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          provide: { depth: "share" },
          ...patience,
        },
      },
      { test: { name: "long", include: ["test/long/*.test.ts"], ...patience } },
      {
        test: {
          name: "deep",
          include: [...searches, "test/deep/*.test.ts"],
          provide: { depth: "full" },
          testTimeout: 900_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
