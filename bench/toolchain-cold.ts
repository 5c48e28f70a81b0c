/**
 * Measures a first build of the toolchain, of every tool or of the named ones, into an empty cache. `--keep-modules`
 * uses the modules that Go has already downloaded, so that the network isn't measured.
 *
 *     node bench/toolchain-cold.ts [--keep-modules] [TOOL…]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createProgressText, ensureTools, toolNames } from "../toolchain/index.ts";
import type { ToolEvent } from "../toolchain/index.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { "keep-modules": { type: "boolean", default: false } },
});
const unknown = positionals.filter((name) => !toolNames.some((known) => known === name));
if (unknown.length > 0) {
  console.error(`No such tool: ${unknown.join(", ")}. There are ${toolNames.join(", ")}.`);
  process.exit(2);
}
const names = toolNames.filter((n) => positionals.length === 0 || positionals.includes(n));

const folder = await mkdtemp(join(tmpdir(), "flotilla-bench-"));
const stop = new AbortController();
process.on("SIGINT", () => stop.abort(new Error("interrupted")));
process.on("SIGTERM", () => stop.abort(new Error("stopped")));
try {
  const seconds = new Map<string, number>();
  const show = createProgressText(process.stderr);
  const onProgress = (event: ToolEvent): void => {
    show(event);
    if (event.kind === "done") seconds.set(event.tool, event.elapsedMs / 1000);
  };
  const started = performance.now();
  await ensureTools(names, { env: coldEnvironment(folder), onProgress, signal: stop.signal });
  const total = (performance.now() - started) / 1000;
  console.log(`Cold toolchain build, ${availableParallelism()} × ${cpus()[0]?.model ?? "unknown"}`);
  for (const [tool, time] of seconds)
    console.log(`${tool.padEnd(24)}${time.toFixed(1).padStart(8)} s`);
  console.log(`${"total".padEnd(24)}${total.toFixed(1).padStart(8)} s`);
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Returns an environment with empty caches, the toolchain's and Go's, and with no installed tool but Go on PATH. */
function coldEnvironment(root: string): Record<string, string | undefined> {
  return {
    ...process.env,
    HOME: root,
    PATH: (process.env["PATH"] ?? "")
      .split(":")
      .filter((part) => part.endsWith("/go/bin") || part === "/usr/bin" || part === "/bin")
      .join(":"),
    PULUMI_HOME: undefined,
    FLOTILLA_CACHE: join(root, "flotilla"),
    GOCACHE: join(root, "go-build"),
    // By default Go makes modules read-only, so they could not be removed afterwards.
    GOFLAGS: "-modcacherw",
    ...(values["keep-modules"] ? keptModules() : { GOMODCACHE: join(root, "go-mod") }),
  };
}

function keptModules(): Record<string, string | undefined> {
  const home = process.env["HOME"] ?? "";
  return {
    GOMODCACHE:
      process.env["GOMODCACHE"] ?? join(process.env["GOPATH"] ?? join(home, "go"), "pkg/mod"),
  };
}
