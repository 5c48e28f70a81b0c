import type { Diagnostic } from "../text/diagnostic.ts";
import { diagnose, formatPosition } from "../text/source.ts";
import { serviceOfType } from "../model/spec.ts";
import type { MetricSpec, Service, Spec } from "../model/spec.ts";

/** E324, E327, E332, W304: whether what may scale a service can. */
export function checkAutoscale(spec: Spec, complete: boolean): Diagnostic[] {
  return spec.services.flatMap((service) => [
    ...(service.autoscale?.metrics ?? []).flatMap((metric, index) => [
      ...checkMetric(spec, service, metric, index, complete),
      ...checkTwice(service, metric, index),
    ]),
    ...checkScalable(service),
  ]);
}

function checkMetric(
  spec: Spec,
  service: Service,
  metric: MetricSpec,
  index: number,
  complete: boolean,
): Diagnostic[] {
  const path = ["autoscale", "metrics", index];
  const wrong = (key: string, message: string, hint: string): Diagnostic[] => [
    diagnose(service.source, { code: "E332", path: [...path, key], message, hint }),
  ];
  switch (metric.type) {
    case "cpu":
    case "memory":
      return [];
    case "in_flight":
    case "latency": {
      if (metric.type === "latency" && metric.breaches > metric.samples)
        return wrong(
          "breaches",
          `${metric.breaches} of the last ${metric.samples} samples can't be above the target`,
          "Set `breaches` to at most `samples`.",
        );
      if (service.type === "caddy") return [];
      return wrong(
        "type",
        `Caddy measures \`${metric.type}\` for itself, not for each service behind it`,
        "Use `cpu`, `memory` or `queue_depth` here, or move the metric to the Caddy service.",
      );
    }
    case "queue_depth": {
      if (service.type !== "process")
        return wrong(
          "type",
          `\`${service.type}\` works off no queue`,
          "Use `cpu` or `memory`, and for Caddy `in_flight` or `latency`.",
        );
      const nats = serviceOfType(spec, "nats");
      if (nats === undefined && !complete) return [];
      const without = Object.entries(service.regions).find(
        ([code, { max }]) =>
          max > 0 && (nats?.regions[code as keyof typeof nats.regions]?.replicas ?? 0) === 0,
      );
      if (without === undefined) return [];
      return wrong(
        "type",
        `no NATS runs in \`${without[0]}\`, so there is no queue of \`${service.name}\``,
        "Add NATS there, or use `cpu` or `memory`.",
      );
    }
  }
}

function checkTwice(service: Service, metric: MetricSpec, index: number): Diagnostic[] {
  const name = (each: MetricSpec): string =>
    each.type === "queue_depth" ? `${each.type} ${each.stream} ${each.consumer}` : each.type;
  const metrics = service.autoscale?.metrics ?? [];
  const first = metrics.findIndex((each) => name(each) === name(metric));
  if (first === index) return [];
  return [
    diagnose(service.source, {
      code: "E327",
      path: ["autoscale", "metrics", index, "type"],
      message: `the metric \`${name(metric)}\` is there already: ${formatPosition(service.source, ["autoscale", "metrics", first, "type"])}`,
      hint: "Keep one of the two.",
    }),
  ];
}

function checkScalable(service: Service): Diagnostic[] {
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
  return [
    diagnose(service.source, {
      code: "W304",
      path: ["scalable"],
      message: `\`${service.name}\` is scalable, but min and max leave no room in any region`,
      hint:
        service.type === "pocketbase"
          ? "Remove `scalable`: PocketBase has one writer, so it can't be scaled."
          : "Set `max` above `replicas`, or `min` below.",
    }),
  ];
}
