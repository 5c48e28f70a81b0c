import { executableIn, toolFolder } from "./cache.ts";
import type { Environment } from "./cache.ts";
import { findTools } from "./find.ts";
import { assertNode } from "./node-version.ts";
import type { BuildPhase, ToolEvent } from "./progress.ts";
import { recipes } from "./recipe.ts";
import { toolNames } from "./tool.ts";
import type { Tool, ToolName } from "./tool.ts";

export interface EnsureOptions {
  readonly onProgress?: ((event: ToolEvent) => void) | undefined;
  /** @default process.env */
  readonly env?: Environment;
  /** Stops a build; what is downloaded and compiled is kept. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The named tools, each from the first place that has it: the user's own, our cache, a build from its pinned Go
 * module. Safe to run twice at once, and to run again after an interruption.
 * @throws ToolchainError (2) when Go or Node is missing or too old, (3) when a build fails.
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
  // In the order of toolNames: the quick ones first.
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

interface Step extends EnsureOptions {
  readonly go: string;
  readonly env: Environment;
  readonly index: number;
  readonly total: number;
}

async function build(name: ToolName, step: Step): Promise<Tool> {
  const { buildTool } = await import("./build.ts");
  const { version } = recipes[name];
  const folder = await toolFolder(name, step.env);
  const head = { tool: name, version, index: step.index, total: step.total };
  const started = performance.now();
  let now: { phase: BuildPhase; detail: string; count: number } = {
    phase: "loading",
    detail: "",
    count: 0,
  };
  const report = (): void =>
    step.onProgress?.({
      kind: "progress",
      ...head,
      ...now,
      elapsedMs: performance.now() - started,
    });
  // Go is silent while it compiles a large package or links: the clock must go on all the same.
  const ticker = setInterval(report, 1000);
  try {
    await buildTool(recipes[name], {
      go: step.go,
      folder,
      env: step.env,
      signal: step.signal,
      onPhase: (phase, detail, count) => {
        const changed = phase !== now.phase;
        now = { phase, detail, count };
        if (changed || phase === "loading") report();
      },
    });
  } finally {
    clearInterval(ticker);
  }
  step.onProgress?.({ kind: "done", ...head, elapsedMs: performance.now() - started });
  return { name, version, path: executableIn(folder, name), source: "built" };
}
