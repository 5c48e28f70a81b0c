/**
 * Reduces the engine's events to the progress of one run. Pure: the same events give the same progress, so all clients show
 * the same.
 */
import type { EngineEvent, OpType } from "@pulumi/pulumi/automation/index.js";

export interface ResourceProgress {
  readonly urn: string;
  /** Kind and name: `Machine iad-0`. */
  readonly label: string;
  /** A component: it groups resources and does nothing itself. */
  readonly component: boolean;
  readonly op: OpType;
  readonly status: "running" | "done" | "failed";
}

export interface RunProgress {
  readonly stack: string;
  /** Resources that the run changes, by URN. */
  readonly resources: ReadonlyMap<string, ResourceProgress>;
  /** Number of resources so far, changed or not. */
  readonly seen: number;
  readonly target?: string;
  readonly errors: readonly string[];
  /** Each warning once. */
  readonly warnings: readonly string[];
  readonly changes?: Readonly<Record<string, number>>;
}

export function startProgress(stack: string): RunProgress {
  return { stack, resources: new Map(), seen: 0, errors: [], warnings: [] };
}

/** Returns the progress after `event`, without changing the argument. */
export function reduceEvent(progress: RunProgress, event: EngineEvent): RunProgress {
  if (event.resourcePreEvent) {
    const { urn, op } = event.resourcePreEvent.metadata;
    if (!changes(op)) return progress;
    return withResource(progress, { ...identify(urn), op, status: "running" });
  }
  if (event.resOutputsEvent) {
    const { urn, op } = event.resOutputsEvent.metadata;
    const next = { ...progress, seen: progress.seen + 1 };
    return changes(op) ? withResource(next, { ...identify(urn), op, status: "done" }) : next;
  }
  if (event.resOpFailedEvent) {
    const { urn, op } = event.resOpFailedEvent.metadata;
    return withResource(progress, { ...identify(urn), op, status: "failed" });
  }
  if (event.diagnosticEvent) return withDiagnostic(progress, event.diagnosticEvent);
  if (event.summaryEvent) {
    const counts = Object.entries(event.summaryEvent.resourceChanges ?? {}).map(
      ([op, count]) => [op, count ?? 0] as const,
    );
    return { ...progress, changes: Object.fromEntries(counts) };
  }
  return progress;
}

function identify(urn: string): Pick<ResourceProgress, "urn" | "label" | "component"> {
  const [, , types = "", name = ""] = urn.split("::");
  const type = types.split("$").at(-1) ?? types;
  const kind = type.split(/[:/]/).at(-1) ?? type;
  // A child's name is its parent's, often with its own kind: `iad-0-machine` is shown as Machine iad-0.
  const short = name.endsWith(`-${kind.toLowerCase()}`) ? name.slice(0, -kind.length - 1) : name;
  const component = type.startsWith("flotilla:") || type === "pulumi:pulumi:Stack";
  return { urn, label: `${kind} ${short}`, component };
}

function changes(op: OpType): boolean {
  return op !== "same" && op !== "refresh" && op !== "read";
}

function withResource(progress: RunProgress, resource: ResourceProgress): RunProgress {
  return { ...progress, resources: new Map(progress.resources).set(resource.urn, resource) };
}

function withDiagnostic(
  progress: RunProgress,
  { severity, message, ephemeral }: NonNullable<EngineEvent["diagnosticEvent"]>,
): RunProgress {
  const text = plain(message).trim();
  if (ephemeral || text === "") return progress;
  if (severity === "error") return { ...progress, errors: [...progress.errors, text] };
  if (severity === "warning") return withWarning(progress, text);
  const target = /^target: (.*)$/m.exec(text)?.[1];
  return target ? { ...progress, target } : progress;
}

/** The program runs twice in one `up` (refresh, then update) and says the same both times: each text counts once. */
function withWarning(progress: RunProgress, text: string): RunProgress {
  if (progress.warnings.includes(text)) return progress;
  return { ...progress, warnings: [...progress.warnings, text] };
}

/** Removes the engine's colour marks, like `<{%fg 1%}>`. */
function plain(message: string): string {
  return message.replaceAll(/<\{%[^%]*%\}>/g, "");
}
