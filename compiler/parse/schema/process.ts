import { z } from "zod";
import { byRegionOrDefault, duration, patternText, positive } from "./common.ts";
import { regionCounts, serviceCommon } from "./service-common.ts";

const argument = z.string().refine((text) => !/\p{Cc}/u.test(text), {
  error: "has a control character",
  params: { code: "E110", hint: "Arguments are single lines of text." },
});

const environmentName = patternText("^[A-Za-z_][A-Za-z0-9_]*$", {
  code: "E316",
  message: "is not an environment name",
  hint: "Letters, digits and underscores, not starting with a digit.",
});

const secretName = patternText("^[A-Z_][A-Z0-9_]*$", {
  code: "E316",
  message: "is not a secret name",
  hint: "Upper-case letters, digits and underscores, not starting with a digit.",
});

const portName = patternText("^[a-z][a-z0-9_]{0,19}$", {
  code: "E115",
  message: "is not a port name",
  hint: "Lower-case letters, digits and underscores, e.g. `http`; the process finds it in PORT_HTTP.",
});

const probe = z
  .strictObject({
    http: z
      .strictObject({
        port: z.string().meta({ description: "Name of one of `ports`." }),
        path: patternText("^/\\S*$", {
          code: "E110",
          message: "is not a path",
          hint: "Start it with `/`, e.g. `/healthz`.",
        }).meta({ description: "Path that answers 2xx or 3xx when ready." }),
      })
      .meta({ description: "GET on the host itself." }),
    period: duration("Time between two probes. Default: `2s`.").default(2),
    timeout: duration("How long one probe may take. Default: `2s`.").default(2),
    failure_threshold: positive(
      "Failures in a row that stop the process; it is then restarted. Default: 30.",
    ).default(30),
  })
  .meta({ description: "Process Compose's: a process that fails it is stopped and restarted." });

export const processSchema = z
  .strictObject({
    ...serviceCommon,
    type: z.literal("process"),
    regions: byRegionOrDefault(z.strictObject(regionCounts), "Replicas by region, or `default`."),
    command: z
      .array(argument, {
        error: (issue) => (issue.code === "invalid_type" ? "is not an argument list" : undefined),
      })
      .min(1)
      .meta({ description: "Program and arguments, never a shell string." }),
    environment: z.record(environmentName, argument).default({}).meta({
      description: "Environment by name. Values are text: quote numbers.",
    }),
    secrets: z.array(secretName).default([]).meta({
      description: "App secrets this process gets; no others reach it.",
    }),
    ports: z.record(portName, z.int().min(1).max(65535)).default({}).meta({
      description:
        "Ports by name. Slot i gets the port plus i, told in PORT_<NAME> (and PORT, if it is the only one).",
    }),
    depends_on: z.array(z.string()).default([]).meta({
      description: "`infra` services that start first, where they are on the same host.",
    }),
    readiness_probe: probe.optional(),
    max_per_host: positive("Slots on each host. `local` only.", 100).optional(),
    spread: positive(
      "Replicas go round-robin over this many first hosts, then host by host. `local` only. Default: 1.",
      100,
    ).optional(),
  })
  .meta({ title: "Service: process", description: "Any program of the image." });
