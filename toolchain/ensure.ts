import { executableIn, toolFolder } from "./cache.ts";
import type { Environment } from "./cache.ts";
import { findTools } from "./find.ts";
import { assertNode } from "./node-version.ts";
import type { BuildPhase, ToolEvent } from "./progress.ts";
import { recipes, toolNames } from "./recipe.ts";
import type { ToolName } from "./recipe.ts";
import type { Tool } from "./tool.ts";

export interface EnsureOptions {
  readonly onProgress?: ((event: ToolEvent) => void) | undefined;
  /** @default process.env */
  readonly env?: Environment;
  /** Stops a build. Go keeps what it downloaded and compiled. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Obtains the named tools, each from the first place that has it: the user's own installation, the cache, a build from
 * its pinned Go module. Two processes may call it at once, and a call continues an interrupted one.
 *
 * @throws {ToolchainError} with exit code 2 when Go or Node is missing or too old, 3 when a build fails
 * @example
 * const { caddy } = await ensureTools(["caddy"], { onProgress: createProgressText(process.stderr) });
 * await execa(caddy.path, ["version"]);
 */
export async function ensureTools<N extends ToolName>(
  names: readonly N[],
  o: EnsureOptions = {},
): Promise<Record<N, Tool>> {
  assertNode();
  const env = o.env ?? process.env;
  const found = await findTools(names, env);
  for (const message of found.warnings) o.onProgress?.({ kind: "warning", message });
  const tools = { ...found.tools };
  const missing = toolNames.filter(
    (name) => names.some((n) => n === name) && tools[name] === undefined,
  );
  if (missing.length > 0) {
    const { findGo } = await import("./go.ts");
    const go = await findGo(
      env,
      missing.map((name) => `${name} ${recipes[name].version}`),
    );
    for (const [i, name] of missing.entries()) {
      tools[name] = await build(name, { go, env, index: i + 1, total: missing.length, ...o });
    }
  }
  // Every name is found or built by now.
  return tools as Record<N, Tool>;
}

interface BuildRequest extends EnsureOptions {
  readonly go: string;
  readonly env: Environment;
  readonly index: number;
  readonly total: number;
}

async function build(name: ToolName, request: BuildRequest): Promise<Tool> {
  const { buildTool } = await import("./build.ts");
  const { version } = recipes[name];
  const folder = await toolFolder(name, request.env);
  const head = { tool: name, version, index: request.index, total: request.total };
  const started = performance.now();
  let now: { phase: BuildPhase; detail: string; count: number } = {
    phase: "loading",
    detail: "",
    count: 0,
  };
  const report = (): void =>
    request.onProgress?.({
      kind: "progress",
      ...head,
      ...now,
      elapsedMs: performance.now() - started,
    });
  // Go writes nothing while it compiles a large package or links: progress is reported every second all the same.
  const ticker = setInterval(report, 1000);
  try {
    await buildTool(recipes[name], {
      go: request.go,
      folder,
      env: request.env,
      signal: request.signal,
      onPhase: (phase, detail, count) => {
        const changed = phase !== now.phase;
        now = { phase, detail, count };
        if (changed || phase === "loading") report();
      },
    });
  } finally {
    clearInterval(ticker);
  }
  request.onProgress?.({ kind: "done", ...head, elapsedMs: performance.now() - started });
  return { name, version, path: executableIn(folder, name), source: "built" };
}
