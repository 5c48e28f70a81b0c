import { z } from "zod";
import { byRegionOrDefault, patternText } from "./common.ts";
import { regionCounts, serviceCommon } from "./service-common.ts";

const routePath = patternText("^/[^\\s?#{}%*]*\\*?$", {
  code: "E322",
  message: "is not a route path",
  hint: "Start it with `/`; one `*` at its end matches the rest, as in `/api/*`.",
});

const route = z
  .strictObject({
    path: z.array(routePath).min(1).meta({ description: "Paths, each exact or ending in `*`." }),
    to: z.string().optional().meta({
      description: "Service that answers: PocketBase, NATS (WebSocket) or a process with a port.",
    }),
    port: z
      .string()
      .optional()
      .meta({ description: "Port name of a process service that has several." }),
    root: patternText("^[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*$", {
      code: "E110",
      message: "is not a folder of the image",
      hint: "Name a folder under the image's `/flotilla`, e.g. `www`.",
    })
      .optional()
      .meta({ description: "Folder of static files in the image, e.g. `www`." }),
  })
  .meta({ description: "Exactly one of `to` and `root`." });

export const caddySchema = z
  .strictObject({
    ...serviceCommon,
    type: z.literal("caddy"),
    regions: byRegionOrDefault(z.strictObject(regionCounts), "Replicas by region, or `default`."),
    routes: z.array(route).min(1).meta({ description: "First match wins." }),
  })
  .meta({
    title: "Service: Caddy",
    description: "The web server in front: terminates TLS, routes, serves files.",
  });
