/** The metrics that autoscale knows: one record each, with all that the compiler needs. The controller reads them by name. */
import { z } from "zod";
import { milliseconds, positive } from "./schema-parts.ts";

/** One source of a number to scale by. */
export interface MetricSource<Given = unknown, Metric = unknown> {
  /** The spec's `type`. */
  readonly name: string;
  /** Unit of the target; undefined for a duration, whose text says its unit. */
  readonly unit: string | undefined;
  readonly schema: z.ZodType<Given>;
  /** Document → what the controller takes: units are in the names of fields. */
  normalize(given: Given): Metric;
  /** Two metrics of a service with one identity are the same one. */
  identity(metric: Metric): string;
  /** Returns why the metric can't scale this service, undefined if it can. */
  check(metric: Metric, facts: MetricFacts): MetricProblem | undefined;
}

/** What a metric may know of the service it is to scale. */
export interface MetricFacts {
  readonly service: { readonly name: string; readonly type: string };
  /** Whether the service's type lists the metric among those that can be measured for it. */
  readonly isMeasured: boolean;
  /** A region the service runs in where no service holds queues; undefined: there is none, or it can't be known. */
  readonly regionWithoutQueues: string | undefined;
}

export interface MetricProblem {
  /** The key of the metric that the problem is at. */
  readonly key: string;
  readonly message: string;
  readonly hint: string;
}

const queueDepth = defineMetric({
  name: "queue_depth",
  unit: "messages",
  schema: z
    .strictObject({
      type: z.literal("queue_depth"),
      stream: z
        .string()
        .min(1)
        .meta({ description: "JetStream stream of the service's own region.", examples: ["JOBS"] }),
      consumer: z
        .string()
        .min(1)
        .meta({ description: "Durable consumer of that stream.", examples: ["workers"] }),
      target: target("messages", "Messages per replica, waiting or in work.", 100),
    })
    .meta({ description: "Messages that wait in a queue. `process` services only." }),
  normalize: (given) => given,
  identity: ({ type, stream, consumer }) => `${type} ${stream} ${consumer}`,
  check: (_metric, { service, isMeasured, regionWithoutQueues }) => {
    if (!isMeasured)
      return {
        key: "type",
        message: `\`${service.type}\` works off no queue`,
        hint: "Use `cpu` or `memory`, and for Caddy `in_flight` or `latency`.",
      };
    if (regionWithoutQueues === undefined) return undefined;
    return {
      key: "type",
      message: `no NATS runs in \`${regionWithoutQueues}\`, so there is no queue of \`${service.name}\``,
      hint: "Add NATS there, or use `cpu` or `memory`.",
    };
  },
});

const cpu = defineMetric({
  name: "cpu",
  unit: "cores",
  schema: z
    .strictObject({
      type: z.literal("cpu"),
      target: target("cores", "Cores per replica: 0.7 is 70 % of one.", 0.7, 128),
    })
    .meta({ description: "CPU time of the service's processes, as Process Compose measures it." }),
  normalize: (given) => given,
  identity: ({ type }) => type,
  check: () => undefined,
});

const memory = defineMetric({
  name: "memory",
  unit: "MB",
  schema: z
    .strictObject({
      type: z.literal("memory"),
      target: target("MB", "MB per replica (resident set).", 200),
    })
    .meta({ description: "Memory of the service's processes, as Process Compose measures it." }),
  normalize: (given) => given,
  identity: ({ type }) => type,
  check: () => undefined,
});

const inFlight = defineMetric({
  name: "in_flight",
  unit: "requests",
  schema: z
    .strictObject({
      type: z.literal("in_flight"),
      target: target("requests", "Requests per replica at one moment.", 50),
    })
    .meta({ description: "Requests Caddy is answering. `caddy` services only." }),
  normalize: (given) => given,
  identity: ({ type }) => type,
  check: ({ type }, facts) => onlyForVisitors(type, facts),
});

const latency = defineMetric({
  name: "latency",
  unit: undefined,
  schema: z
    .strictObject({
      type: z.literal("latency"),
      target: milliseconds("Time to the first byte that is still good."),
      percentile: z
        .number()
        .min(50)
        .max(99.9)
        .default(95)
        .meta({
          description: "Which percentile of the requests.",
          unit: "% of the requests",
          defaultText: "95",
          examples: [99],
        }),
      breaches: positive(
        {
          unit: "samples",
          description: "Samples above the target that ask for one replica more.",
          defaultText: "3",
        },
        20,
        3,
      ).default(3),
      samples: positive(
        { unit: "samples", description: "Last samples looked at.", defaultText: "5" },
        20,
        5,
      ).default(5),
    })
    .meta({
      description:
        "How long visitors wait for Caddy's first byte; one replica at a time, as it isn't proportional. `caddy` services only.",
    }),
  normalize: ({ target: targetMilliseconds, ...rest }) => ({ ...rest, targetMilliseconds }),
  identity: ({ type }) => type,
  check: ({ type, breaches, samples }, facts) =>
    breaches > samples
      ? {
          key: "breaches",
          message: `${breaches} of the last ${samples} samples can't be above the target`,
          hint: "Set `breaches` to at most `samples`.",
        }
      : onlyForVisitors(type, facts),
});

/** All metrics by name, in the order of the reference documentation. */
export const METRICS = {
  queue_depth: queueDepth,
  cpu,
  memory,
  in_flight: inFlight,
  latency,
} as const;

export type MetricName = keyof typeof METRICS;

/** A metric of a service as the controller takes it; `target` is per replica. */
export type MetricSpec = ReturnType<(typeof METRICS)[MetricName]["normalize"]>;

/** `autoscale.metrics[]`. */
export const metricSchema = z.discriminatedUnion("type", [
  queueDepth.schema,
  cpu.schema,
  memory.schema,
  inFlight.schema,
  latency.schema,
]);

/** Returns the record of a metric of any type, to be used with that metric only. */
export function metricSource(name: MetricName): MetricSource {
  return METRICS[name];
}

/** Infers the types of a record from its schema. */
function defineMetric<Schema extends z.ZodType, Metric>(
  source: Omit<MetricSource<z.output<Schema>, Metric>, "schema"> & { readonly schema: Schema },
): typeof source {
  return source;
}

function target(unit: string, description: string, example: number, most?: number) {
  const above = z.number().positive();
  return (most === undefined ? above : above.max(most)).meta({
    description,
    unit,
    examples: [example],
  });
}

/** Caddy's metrics count all its requests together, so they can scale Caddy alone. */
function onlyForVisitors(name: string, { isMeasured }: MetricFacts): MetricProblem | undefined {
  if (isMeasured) return undefined;
  return {
    key: "type",
    message: `Caddy measures \`${name}\` for itself, not for each service behind it`,
    hint: "Use `cpu`, `memory` or `queue_depth` here, or move the metric to the Caddy service.",
  };
}
