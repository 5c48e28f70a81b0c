import { z } from "zod";
import {
  byRegionOrDefault,
  count,
  duration,
  patternText,
  positive,
  secretName,
} from "../../model/schema-parts.ts";
import { probe } from "./probe-schema.ts";
import { regionCounts, serviceCommon } from "../../model/service-schema.ts";
import { argument } from "./argument.ts";

const environmentName = patternText("^[A-Za-z_][A-Za-z0-9_]*$", {
  code: "E316",
  message: "is not an environment name",
  hint: "Letters, digits and underscores, not starting with a digit.",
});

const portName = patternText("^[a-z][a-z0-9_]{0,19}$", {
  code: "E115",
  message: "is not a port name",
  hint: "Lower-case letters, digits and underscores, e.g. `http`; the process finds it in PORT_HTTP.",
});

const environment = z.record(environmentName, argument);

export const processSchema = z
  .strictObject({
    ...serviceCommon,
    type: z.literal("process"),
    regions: byRegionOrDefault(
      z.strictObject({
        ...regionCounts,
        environment: environment.optional().meta({
          description: "This region's environment, over the service's. Default: none.",
          examples: [{ QUEUE: "jobs-eu" }],
        }),
      }),
      "Replicas by region, or `default`.",
    ),
    command: z
      .array(argument, {
        error: (issue) => (issue.code === "invalid_type" ? "is not an argument list" : undefined),
      })
      .min(1)
      .meta({
        description: "Program and arguments, never a shell string.",
        examples: [["node", "/flotilla/app/worker.ts"]],
      }),
    working_dir: patternText("^/flotilla(/[A-Za-z0-9._-]+)*$", {
      code: "E110",
      message: "is not a folder of the image",
      hint: "Everything of a host lies under `/flotilla`, e.g. `/flotilla/app`.",
    })
      .optional()
      .meta({
        description: "Folder the process starts in; it must be there. Default: `/flotilla`.",
        examples: ["/flotilla/app"],
      }),
    environment: environment.default({}).meta({
      description: "Environment by name. Values are text: quote numbers. Default: none.",
      examples: [{ QUEUE: "jobs" }],
    }),
    secrets: z
      .array(secretName)
      .default([])
      .meta({
        description: "App secrets this process gets; no others reach it. Default: none.",
        examples: [["API_KEY"]],
      }),
    ports: z
      .record(
        portName,
        z.int().min(1).max(65535).meta({ description: "A port of the host, from 1 to 65535." }),
      )
      .default({})
      .meta({
        description:
          "Ports by name. Slot i gets the port plus i, told in PORT_<NAME> (and PORT, if it is the only one). Default: none.",
        examples: [{ http: 9100 }],
      }),
    depends_on: z
      .array(z.string())
      .default([])
      .meta({
        description:
          "`infra` services that start first, where they are on the same host; one with `restart: no` has to end well first. Default: none.",
        examples: [["nats"]],
      }),
    readiness_probe: probe.optional(),
    restart: z
      .enum(["always", "on-failure", "no"])
      .default("always")
      .meta({
        description:
          "When a process that ended is started again. `no` is a job: it runs once per start of its host. Default: `always`.",
        examples: ["on-failure"],
      }),
    max_restarts: count("Restarts before it stays down; 0 is without end. Default: 0.", 5).default(
      0,
    ),
    restart_delay: duration("Rest before a restart. Default: `2s`.", "5s").prefault("2s"),
    max_per_host: positive("Slots on each host. `local` only.", 100, 4).optional(),
    spread: positive(
      "Replicas go round-robin over this many first hosts, then host by host. `local` only. Default: 1.",
      100,
      2,
    ).optional(),
  })
  .meta({ title: "Service: process", description: "Any program of the image." });
