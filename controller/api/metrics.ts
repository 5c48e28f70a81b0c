import type { ApiPorts } from "./ports.ts";

type LabelledValue = readonly [labels: Readonly<Record<string, string>>, value: number];

/** Renders the controller's own metrics in Prometheus' text format, version 0.0.4. */
export async function renderMetrics(
  { loop, clock }: Pick<ApiPorts, "loop" | "clock">,
  counters: ReadonlyMap<string, number>,
): Promise<string> {
  const { stacks, bursts, pauses, trouble } = await loop.snapshot();
  const now = clock.now();
  return [
    family(
      "flotilla_stack_in_sync",
      "gauge",
      "1 while the stack runs the desired state",
      stacks.map(({ decision }) => [
        { stack: decision.stack },
        Number(decision.state === "in_sync"),
      ]),
    ),
    family(
      "flotilla_stack_state",
      "gauge",
      "1 for the current state of the stack",
      stacks.map(({ decision: { stack, state } }) => [{ stack, state }, 1]),
    ),
    family(
      "flotilla_stack_failures",
      "gauge",
      "Failed runs since the last successful one",
      stacks.map(({ decision }) => [{ stack: decision.stack }, decision.failure?.count ?? 0]),
    ),
    family(
      "flotilla_drift",
      "gauge",
      "Deviations nobody asked for that aren't repaired yet",
      stacks.map(({ decision, drift }) => [{ stack: decision.stack }, drift.length]),
    ),
    family(
      "flotilla_observed_age_seconds",
      "gauge",
      "Seconds since the hosts were listed",
      stacks.flatMap(({ decision, observedAt }): LabelledValue[] =>
        observedAt === undefined
          ? []
          : [[{ stack: decision.stack }, (now - Date.parse(observedAt)) / 1_000]],
      ),
    ),
    family("flotilla_bursts", "gauge", "Bursts that haven't ended", [[{}, bursts.length]]),
    family("flotilla_pauses", "gauge", "Pauses that haven't ended", [[{}, pauses.length]]),
    family(
      "flotilla_specs_trouble",
      "gauge",
      "1 while the newest commit of the branch can't be followed",
      [[{}, Number(trouble.length > 0)]],
    ),
    family(
      "flotilla_requests_total",
      "counter",
      "Answered requests by method, route and status",
      [...counters].map(([key, value]) => {
        const [method = "", route = "", status = ""] = key.split(" ");
        return [{ method, route, status }, value];
      }),
    ),
  ].join("");
}

function family(
  name: string,
  type: "gauge" | "counter",
  help: string,
  samples: readonly LabelledValue[],
): string {
  const lines = samples.map(([labels, value]) => {
    const text = Object.entries(labels)
      .map(([key, label]) => `${key}="${label.replaceAll(/[\\"\n]/g, "_")}"`)
      .join(",");
    return `${name}${text === "" ? "" : `{${text}}`} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}
