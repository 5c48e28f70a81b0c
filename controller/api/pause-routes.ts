import { instantOf } from "../model/shapes.ts";
import { pauseListSchema, pauseRequestSchema, pauseSchema } from "../model/pause.ts";
import type { Pause } from "../model/pause.ts";
import type { ApiPorts } from "./ports.ts";
import { regionsOf } from "./ports.ts";
import { ProblemError } from "./problem.ts";
import { NO_BODY, NO_QUERY, read, write } from "./route.ts";
import type { Route } from "./route.ts";
import { expiryOf } from "./expiry.ts";

export function pauseRoutes({ store, loop, newId }: ApiPorts): readonly Route[] {
  async function assertScope(
    region: string | undefined,
    service: string | undefined,
  ): Promise<void> {
    const regions = await regionsOf(loop);
    if (region !== undefined && !regions.includes(region))
      throw new ProblemError(
        "unknown_target",
        `there is no region ${region}: the spec has ${regions.join(", ")}`,
      );
    const names = new Set(
      regions.flatMap((code) => loop.region(code)?.services.map(({ name }) => name) ?? []),
    );
    if (service !== undefined && !names.has(service))
      throw new ProblemError(
        "unknown_target",
        `there is no service ${service}: the spec has ${[...names].join(", ")}`,
      );
  }

  return [
    read({
      path: "/v1/pauses",
      summary: "Pauses that haven't ended",
      role: "viewer",
      query: NO_QUERY,
      answers: { 200: { description: "Oldest first", schema: pauseListSchema } },
      handle: async () => ({ status: 200, body: { pauses: await store.openPauses() } }),
    }),
    write({
      method: "post",
      path: "/v1/pauses",
      summary: "Start a pause: hold autoscale, repair or everything until a given time",
      role: "operator",
      action: "pause.start",
      body: pauseRequestSchema,
      query: NO_QUERY,
      answers: { 201: { description: "The pause, which acts now", schema: pauseSchema } },
      async handle({ body, actor, now }) {
        const until = expiryOf(body, now);
        const { what, region, service, reason } = body;
        await assertScope(region, service);
        const from = instantOf(now);
        const pause: Pause = {
          id: newId("p"),
          what,
          ...(region === undefined ? {} : { region }),
          ...(service === undefined ? {} : { service }),
          from,
          until,
          author: actor.name,
          reason,
        };
        return {
          reply: { status: 201, body: pause, headers: { location: `/v1/pauses/${pause.id}` } },
          changes: [
            { put: "pause", pause },
            { add: "event", event: { at: from, type: "pause.started", data: { ...pause } } },
          ],
          audit: { target: pause.id, reason, after: pause },
          afterwards: () => loop.poke(),
        };
      },
    }),
    read({
      path: "/v1/pauses/{id}",
      summary: "One pause, also after it has ended",
      role: "viewer",
      query: NO_QUERY,
      answers: { 200: { description: "The pause", schema: pauseSchema } },
      async handle({ params }) {
        const pause = await store.pause(params["id"] ?? "");
        if (pause === undefined) throw noPause(params["id"]);
        return { status: 200, body: pause };
      },
    }),
    write({
      method: "delete",
      path: "/v1/pauses/{id}",
      summary: "End a pause now",
      role: "operator",
      action: "pause.end",
      query: NO_QUERY,
      body: NO_BODY,
      answers: { 200: { description: "The ended pause", schema: pauseSchema } },
      async handle({ params, actor, now }) {
        const before = await store.pause(params["id"] ?? "");
        if (before === undefined) throw noPause(params["id"]);
        if (before.ended_at !== undefined)
          throw new ProblemError(
            "conflict",
            `pause ${before.id} ended at ${before.ended_at} (${before.ended_by})`,
          );
        const at = instantOf(now);
        const pause: Pause = { ...before, ended_at: at, ended_by: actor.name };
        return {
          reply: { status: 200, body: pause },
          changes: [
            { put: "pause", pause },
            { add: "event", event: { at, type: "pause.ended", data: { ...pause } } },
          ],
          audit: { target: pause.id, before, after: pause },
          afterwards: () => loop.poke(),
        };
      },
    }),
  ];
}

function noPause(id: string | undefined): ProblemError {
  return new ProblemError("not_found", `there is no pause ${id}: GET /v1/pauses lists them`);
}
