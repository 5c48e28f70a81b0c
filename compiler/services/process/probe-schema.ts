import { z } from "zod";
import { duration, patternText, positive } from "../../model/schema-parts.ts";
import { argument } from "./argument.ts";

const http = z
  .strictObject({
    port: z.string().meta({ description: "Name of one of `ports`.", examples: ["http"] }),
    path: patternText("^/\\S*$", {
      code: "E110",
      message: "is not a path",
      hint: "Start it with `/`, e.g. `/healthz`.",
    }).meta({
      description: "Path that answers 2xx or 3xx when ready.",
      examples: ["/healthz"],
    }),
  })
  .meta({ description: "GET on the host itself." });

const exec = z
  .strictObject({
    command: z
      .array(argument)
      .min(1)
      .meta({
        description: "Program and arguments that end with 0 when ready.",
        examples: [["node", "/flotilla/app/ready.ts"]],
      }),
  })
  .meta({ description: "A program with the environment and secrets of the process." });

/** Process Compose's readiness probe: an HTTP request or a program. It has none for TCP. */
export const probe = z
  .strictObject({
    http: http.optional(),
    exec: exec.optional(),
    initial_delay: duration(
      { description: "Rest before the first probe.", defaultText: "none" },
      "5s",
    ).optional(),
    period: duration({ description: "Time between two probes.", defaultText: "`2s`" }, "2s")
      .prefault("2s")
      .meta({ familiar: { interval: true } }),
    timeout: duration(
      { description: "How long one probe may take.", defaultText: "`2s`" },
      "2s",
    ).prefault("2s"),
    failure_threshold: positive(
      {
        unit: "failures",
        description: "Failures in a row that stop the process; it is then restarted.",
        defaultText: "what `start_timeout` takes",
      },
      1000,
      30,
    )
      .optional()
      .meta({ familiar: { retries: true } }),
  })
  .meta({
    description:
      "Exactly one of `http` and `exec`. Process Compose's: a process that fails it is stopped and restarted.",
  });
