import { z } from "zod";
import { byRegionOrDefault, patternText, positive } from "../../model/schema-parts.ts";
import { regionCounts, serviceCommon } from "../../model/service-schema.ts";

const routePath = patternText("^/[^\\s?#{}%*]*\\*?$", {
  code: "E322",
  message: "is not a route path",
  hint: "Start it with `/`; one `*` at its end matches the rest, as in `/api/*`.",
});

const plainPath = patternText("^(/[^\\s?#{}%*/]+)+$", {
  code: "E322",
  message: "is not the start of a path",
  hint: "Start it with `/` and end it without one, as in `/docs`; no `*`.",
});

const fileName = patternText("^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$", {
  code: "E110",
  message: "is not a file below the folder",
  hint: "Name it relative to `root`, e.g. `index.html`.",
});

const headerName = patternText("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", {
  code: "E110",
  message: "is not the name of a header",
  hint: "Letters, digits and hyphens, e.g. `Cache-Control`.",
});

const headerValue = z
  .string()
  .min(1)
  .refine((text) => !/\p{Cc}/u.test(text), {
    error: "has a control character",
    params: { code: "E110", hint: "A header is a single line of text." },
  });

const headers = z
  .strictObject({
    request: z
      .record(headerName, headerValue)
      .default({})
      .meta({
        description: "Set on the way to the service.",
        defaultText: "none",
        examples: [{ "X-Forwarded-Prefix": "/docs" }],
      }),
    response: z
      .record(headerName, headerValue)
      .default({})
      .meta({
        description: "Set on the way to the visitor, over what the service said.",
        defaultText: "none",
        examples: [{ "Cache-Control": "max-age=3600" }],
      }),
  })
  .meta({ description: "Headers by name, as they are written: no placeholders." });

export const routeSchema = z
  .strictObject({
    path: z
      .array(routePath)
      .min(1)
      .meta({ description: "Paths, each exact or ending in `*`.", examples: [["/api/*"]] }),
    to: z
      .string()
      .optional()
      .meta({
        description: "Service that answers: PocketBase, NATS (WebSocket) or a process with a port.",
        examples: ["pocketbase"],
      }),
    port: z
      .string()
      .optional()
      .meta({
        description: "Port name of a process service that has several.",
        examples: ["http"],
      }),
    root: patternText("^[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*$", {
      code: "E110",
      message: "is not a folder of the image",
      hint: "Name a folder under the image's `/flotilla`, e.g. `www`.",
    })
      .optional()
      .meta({
        description: "Folder of static files in the image, e.g. `www`.",
        examples: ["www"],
      }),
    index: z
      .array(fileName)
      .min(1)
      .optional()
      .meta({
        description: "Files that answer for a folder, the first there is. `root` only.",
        defaultText: "`index.html`, `index.txt`",
        examples: [["index.html"]],
      }),
    fallback: fileName.optional().meta({
      description: "File that answers where there is none: a single-page app's page. `root` only.",
      defaultText: "404",
      examples: ["index.html"],
    }),
    strip_prefix: plainPath.optional().meta({
      description: "Start of the path that is taken off before it goes on.",
      examples: ["/docs"],
    }),
    headers: headers.optional(),
  })
  .meta({ description: "Exactly one of `to` and `root`." });

const concurrency = z
  .strictObject({
    type: z
      .enum(["connections", "requests"])
      .default("connections")
      .meta({
        description: "What Fly counts. It passes TLS through, so it sees connections only.",
        defaultText: "`connections`",
        examples: ["connections"],
      }),
    soft_limit: positive(
      {
        unit: "connections or requests",
        description: "From here on Fly prefers other hosts of the region.",
        defaultText: "500",
      },
      100_000,
      500,
    ).default(500),
    hard_limit: positive(
      {
        unit: "connections or requests",
        description: "From here on Fly sends visitors to another region.",
        defaultText: "none, so nothing spills",
      },
      100_000,
      1000,
    ).optional(),
  })
  .meta({
    description: "Fly's limits for one host.",
    defaultText: "`{ type: connections, soft_limit: 500, hard_limit: 1000 }`",
  });

export const caddySchema = z
  .strictObject({
    ...serviceCommon,
    type: z.literal("caddy"),
    regions: byRegionOrDefault(
      z.strictObject({
        ...regionCounts,
        concurrency: concurrency
          .optional()
          .meta({ description: "This region's limits.", defaultText: "the service's" }),
      }),
      "Replicas by region, or `default`.",
    ),
    concurrency: concurrency.optional(),
    routes: z
      .array(routeSchema)
      .min(1)
      .meta({
        description: "First match wins.",
        familiar: { http_service: "Write `routes` in the Caddy service." },
        examples: [[{ path: ["/*"], root: "www" }]],
      }),
  })
  .meta({
    title: "Service: Caddy",
    description: "The web server in front: terminates TLS, routes, serves files.",
  });
