import { defineConfig } from "vitest/config";

/** Of what drives the real engine. */
const patience = { testTimeout: 240_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    // Builds the engine and the services once, visibly, before any test.
    globalSetup: ["test/toolchain/setup.ts"],
    // Much of a test is waiting for processes; an e2e file has a local cloud and an engine of its own.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**", "test/flyctl/**", "test/long/**"],
          testTimeout: 30_000,
        },
      },
      { test: { name: "flyctl", include: ["test/flyctl/*.test.ts"] } },
      { test: { name: "e2e", include: ["test/e2e/**/*.test.ts"], ...patience } },
      { test: { name: "long", include: ["test/long/*.test.ts"], ...patience } },
    ],
  },
});
