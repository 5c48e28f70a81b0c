import type { z } from "zod";
import { eventSchema } from "../model/event.ts";
import { streamEvents } from "./event-stream.ts";
import { renderMetrics } from "./metrics.ts";
import type { ApiPorts } from "./ports.ts";
import { NO_QUERY, read } from "./route.ts";
import type { Route } from "./route.ts";

/** Events, metrics, health and the OpenAPI document. */
export function systemRoutes(
  ports: ApiPorts,
  counters: ReadonlyMap<string, number>,
  openApi: () => unknown,
): readonly Route[] {
  const eventShape: z.ZodType = eventSchema;
  return [
    read({
      path: "/v1/events",
      summary: "Events as they happen; continues after `Last-Event-ID`",
      role: "viewer",
      headers: { "Last-Event-ID": "Number of the last event that the client received" },
      query: NO_QUERY,
      answers: {
        200: {
          description: "Server-sent events. `reset`: some events are lost, read the status again",
          schema: eventShape,
          type: "text/event-stream",
        },
      },
      handle: async (call) => streamEvents(ports, call.header("last-event-id"), call.signal),
    }),
    read({
      path: "/metrics",
      summary: "Metrics for Prometheus",
      role: "viewer",
      query: NO_QUERY,
      answers: {
        200: { description: "Prometheus' text format, version 0.0.4", type: "text/plain" },
      },
      handle: async () =>
        new Response(await renderMetrics(ports, counters), {
          headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
        }),
    }),
    read({
      path: "/healthz",
      summary: "Answers `ok` while the controller serves",
      role: "open",
      query: NO_QUERY,
      answers: { 200: { description: "`ok`", type: "text/plain" } },
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
