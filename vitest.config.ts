import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Builds the engine and the services once, visibly, before any test.
    globalSetup: ["test/toolchain/setup.ts"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**"],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          // Each file has a local cloud and an engine of its own; two cores carry two at a time.
          maxWorkers: 2,
          testTimeout: 240_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
