import type { z } from "zod";
import { eventSchema } from "../model/event.ts";
import { streamEvents } from "./event-stream.ts";
import { renderMetrics } from "./metrics.ts";
import type { ApiPorts } from "./ports.ts";
import { NO_QUERY, read } from "./route.ts";
import type { Route } from "./route.ts";

/** Events, metrics, health, and the document that describes all of it. */
export function systemRoutes(
  ports: ApiPorts,
  counters: ReadonlyMap<string, number>,
  openApi: () => unknown,
): readonly Route[] {
  const eventShape: z.ZodType = eventSchema;
  return [
    read({
      path: "/v1/events",
      summary: "What happens, as it happens; goes on after `Last-Event-ID`",
      role: "viewer",
      headers: { "Last-Event-ID": "The number of the last event that was seen" },
      query: NO_QUERY,
      answers: {
        200: {
          description: "Server-sent events; `reset`: some are lost, read the status anew",
          schema: eventShape,
          type: "text/event-stream",
        },
      },
      handle: async (call) => streamEvents(ports, call.header("last-event-id"), call.signal),
    }),
    read({
      path: "/metrics",
      summary: "Figures for Prometheus",
      role: "viewer",
      query: NO_QUERY,
      answers: { 200: { description: "Text, version 0.0.4", type: "text/plain" } },
      handle: async () =>
        new Response(await renderMetrics(ports, counters), {
          headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
        }),
    }),
    read({
      path: "/healthz",
      summary: "Says `ok` while the controller answers, and nothing else",
      role: "open",
      query: NO_QUERY,
      answers: { 200: { description: "It answers", type: "text/plain" } },
      handle: async () => new Response("ok\n", { headers: { "content-type": "text/plain" } }),
    }),
    read({
      path: "/openapi.json",
      summary: "This API, as OpenAPI 3.1",
      role: "viewer",
      query: NO_QUERY,
      answers: { 200: { description: "The document" } },
      handle: async () => ({ status: 200, body: openApi() }),
    }),
  ];
}
