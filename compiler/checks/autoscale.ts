import { countsIn } from "../model/spec.ts";
import type { Service } from "../model/spec.ts";
import { metricSource } from "../model/metrics.ts";
import type { MetricFacts, MetricSpec } from "../model/metrics.ts";
import { typeOf } from "../services/registry.ts";
import type { CheckContext } from "../services/service-type.ts";
import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose, formatPosition } from "../text/source.ts";

/** E324, E327, E332, W304: whether a service can be scaled, and by the metrics it names. */
export function checkAutoscale(context: CheckContext): Diagnostic[] {
  return context.spec.services.flatMap((service) => [
    ...(service.autoscale?.metrics ?? []).flatMap((metric, index) => [
      ...checkMetric(service, metric, index, context),
      ...checkTwice(service, metric, index),
    ]),
    ...checkScalable(service, context),
  ]);
}

function checkMetric(
  service: Service,
  metric: MetricSpec,
  index: number,
  context: CheckContext,
): Diagnostic[] {
  const facts: MetricFacts = {
    service,
    isMeasured: typeOf(context.types, service).metrics.includes(metric.type),
    regionWithoutQueues: regionWithoutQueues(service, context),
  };
  const problem = metricSource(metric.type).check(metric, facts);
  if (problem === undefined) return [];
  const { key, message, hint } = problem;
  const path = ["autoscale", "metrics", index, key];
  return [diagnose(service.source, { code: "E332", path, message, hint })];
}

function regionWithoutQueues(
  service: Service,
  { spec, types, isComplete }: CheckContext,
): string | undefined {
  const holder = spec.services.find((each) => typeOf(types, each).holdsQueues);
  if (holder === undefined && !isComplete) return undefined;
  const regions = spec.fleet.regions.map(({ code }) => code);
  return regions.find(
    (code) =>
      countsIn(service, code).max > 0 &&
      (holder === undefined || countsIn(holder, code).replicas === 0),
  );
}

function checkTwice(service: Service, metric: MetricSpec, index: number): Diagnostic[] {
  const identity = (each: MetricSpec): string => metricSource(each.type).identity(each);
  const metrics = service.autoscale?.metrics ?? [];
  const first = metrics.findIndex((each) => identity(each) === identity(metric));
  if (first === index) return [];
  return [
    diagnose(service.source, {
      code: "E327",
      path: ["autoscale", "metrics", index, "type"],
      message: `the metric \`${identity(metric)}\` is there already: ${formatPosition(service.source, ["autoscale", "metrics", first, "type"])}`,
      hint: "Keep one of the two.",
    }),
  ];
}

function checkScalable(service: Service, { types }: CheckContext): Diagnostic[] {
  if (!service.scalable)
    return service.autoscale === undefined
      ? []
      : [
          diagnose(service.source, {
            code: "E324",
            path: ["autoscale"],
            anchor: "key",
            message: "`autoscale` has no effect on a service that isn't scalable",
            hint: "Set `scalable: true`, or remove `autoscale`.",
          }),
        ];
  const regions = Object.values(service.regions);
  if (regions.length === 0 || regions.some(({ min, max }) => min !== max)) return [];
  const { singleReplica } = typeOf(types, service);
  return [
    diagnose(service.source, {
      code: "W304",
      path: ["scalable"],
      message: `\`${service.name}\` is scalable, but min and max leave no room in any region`,
      hint:
        singleReplica === undefined
          ? "Set `max` above `replicas`, or `min` below."
          : `Remove \`scalable\`: ${singleReplica}, so it can't be scaled.`,
    }),
  ];
}
