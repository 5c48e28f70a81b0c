import { mkdtempSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { guard } from "../../fixtures/guard.ts";

const prefix = join(tmpdir(), "flotilla-test-");

/** Makes a temporary folder that is removed after the running test. Outside a test, take `temporaryFolder`. */
export function scratchFolder(): string {
  const path = mkdtempSync(prefix);
  const guarded = guard("folder", path);
  onTestFinished(() => {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    guarded.done();
  });
  return path;
}

/** Makes a temporary folder that is removed when it is disposed of, or with the test process. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(prefix);
  const guarded = guard("folder", path);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
      guarded.done();
    },
  };
}
