/** What the processes of a service use, summed over its region, as Process Compose measures it inside each host. */
import { messageOf } from "../../lib/message-of.ts";
import type { ObservedProcess } from "../../providers/fly/observe-processes.ts";
import type { Reading } from "../autoscale/measurements.ts";
import type { Inspection } from "./host-inspector.ts";
import type { MetricRequest, SourcePorts } from "./metric-source.ts";

/** What one process uses; undefined if that can't be said. */
export type UsageOf = (process: ObservedProcess, inspection: Inspection) => number | undefined;

export async function readProcesses(
  { app, service, hosts, intervalSeconds, now }: MetricRequest,
  { inspector }: SourcePorts,
  usageOf: UsageOf,
): Promise<Reading> {
  const started = hosts.filter(({ state, managed }) => managed && state === "started");
  const maxAgeMs = (intervalSeconds * 1_000) / 2;
  const answers = await Promise.all(
    started.map(async (host) => inspector.inspect(app, host, maxAgeMs).catch(messageOf)),
  );
  const inspections = answers.filter((answer) => typeof answer !== "string");
  const [firstError] = answers.filter((answer) => typeof answer === "string");
  if (inspections.length === 0) return { error: firstError ?? "no host is started" };
  const values = inspections.flatMap((inspection) =>
    inspection.processes
      .filter(({ name, on }) => on && isReplica(name, service))
      .map((process) => usageOf(process, inspection)),
  );
  const measured = values.filter((value) => value !== undefined);
  return {
    atSeconds: Math.min(now, ...inspections.map(({ at }) => at)) / 1_000,
    value: measured.reduce((sum, value) => sum + value, 0),
    missing: values.length - measured.length + (answers.length - inspections.length),
  };
}

/** `worker`, or a slot like `worker-2`. */
function isReplica(name: string, service: string): boolean {
  if (name === service) return true;
  return name.startsWith(`${service}-`) && /^\d+$/.test(name.slice(service.length + 1));
}
