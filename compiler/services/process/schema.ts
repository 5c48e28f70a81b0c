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
          description: "This region's environment, over the service's.",
          defaultText: "none",
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
        familiar: { cmd: "Write `command`, a list.", entrypoint: "Write `command`, a list." },
        wrongType: {
          code: "E314",
          expected: "a list of arguments",
          hint: "Write `command: [program, argument]`: it is started without a shell.",
        },
        examples: [["node", "/flotilla/app/worker.ts"]],
      }),
    working_dir: patternText("^/flotilla(/[A-Za-z0-9._-]+)*$", {
      code: "E110",
      message: "is not a folder of the image",
      hint: "Everything of a host lies under `/flotilla`, e.g. `/flotilla/app`.",
    })
      .optional()
      .meta({
        description: "Folder the process starts in; it must be there.",
        defaultText: "`/flotilla`",
        examples: ["/flotilla/app"],
        familiar: { workdir: true },
      }),
    environment: environment.default({}).meta({
      description: "Environment by name. Values are text: quote numbers.",
      defaultText: "none",
      examples: [{ QUEUE: "jobs" }],
      familiar: { env: true, envs: true },
    }),
    secrets: z
      .array(secretName)
      .default([])
      .meta({
        description: "App secrets this process gets; no others reach it.",
        defaultText: "none",
        examples: [["API_KEY"]],
      }),
    ports: z
      .record(
        portName,
        z
          .int()
          .min(1)
          .max(65535)
          .meta({ description: "A port of the host, from 1 to 65535.", unit: "port number" }),
      )
      .default({})
      .meta({
        description:
          "Ports by name. Slot i gets the port plus i, told in PORT_<NAME> (and PORT, if it is the only one).",
        defaultText: "none",
        examples: [{ http: 9100 }],
      }),
    depends_on: z
      .array(z.string())
      .default([])
      .meta({
        description:
          "`infra` services that start first, where they are on the same host; one with `restart: no` has to end well first.",
        defaultText: "none",
        examples: [["nats"]],
      }),
    readiness_probe: probe.optional().meta({
      familiar: {
        checks: "Write `readiness_probe`; Fly's own checks are made from the services.",
        healthcheck: true,
      },
    }),
    restart: z
      .enum(["always", "on-failure", "no"])
      .default("always")
      .meta({
        description:
          "When a process that ended is started again. `no` is a job: it runs once per start of its host.",
        defaultText: "`always`",
        examples: ["on-failure"],
        familiar: { restart_policy: true },
      }),
    max_restarts: count(
      {
        unit: "restarts",
        description: "Restarts before it stays down; 0 is without end.",
        defaultText: "0",
      },
      5,
    ).default(0),
    restart_delay: duration(
      { description: "Rest before a restart.", defaultText: "`2s`" },
      "5s",
    ).prefault("2s"),
    max_per_host: positive(
      { description: "Slots on each host. `local` only.", unit: "replicas" },
      100,
      4,
    ).optional(),
    spread: positive(
      {
        unit: "hosts",
        description:
          "Replicas go round-robin over this many first hosts, then host by host. `local` only.",
        defaultText: "1",
      },
      100,
      2,
    ).optional(),
  })
  .meta({ title: "Service: process", description: "Any program of the image." });
