import { instantOf } from "../model/shapes.ts";
import { checkBurst } from "../fleet/check-burst.ts";
import type { Loop } from "../loop/loop.ts";
import { burstListSchema, burstRequestSchema, burstSchema } from "../model/burst.ts";
import type { Burst } from "../model/burst.ts";
import type { ApiPorts } from "./ports.ts";
import { regionsOf } from "./ports.ts";
import { ProblemError } from "./problem.ts";
import { NO_BODY, NO_QUERY, read, write } from "./route.ts";
import type { Route } from "./route.ts";
import { expiryOf } from "./expiry.ts";

export function burstRoutes({ store, loop, newId }: ApiPorts): readonly Route[] {
  return [
    read({
      path: "/v1/bursts",
      summary: "Bursts that haven't ended",
      role: "viewer",
      query: NO_QUERY,
      answers: { 200: { description: "Oldest first", schema: burstListSchema } },
      handle: async () => ({ status: 200, body: { bursts: await store.openBursts() } }),
    }),
    write({
      method: "post",
      path: "/v1/bursts",
      summary:
        "Start a burst: another count of a service in one region, inside its bounds, until a given time",
      role: "operator",
      action: "burst.start",
      body: burstRequestSchema,
      query: NO_QUERY,
      answers: { 201: { description: "The burst, which acts now", schema: burstSchema } },
      async handle({ body, actor, now }) {
        const until = expiryOf(body, now);
        const { service, region, to, reason } = body;
        const refusal = checkBurst(await serviceIn(loop, service, region), region, to);
        if (refusal !== undefined) {
          const bound = refusal.bound === undefined ? {} : { bound: refusal.bound };
          throw new ProblemError(refusal.code, refusal.detail, bound);
        }
        const from = instantOf(now);
        const author = actor.name;
        const burst: Burst = { id: newId("b"), service, region, to, from, until, author, reason };
        return {
          reply: { status: 201, body: burst, headers: { location: `/v1/bursts/${burst.id}` } },
          changes: [
            { put: "burst", burst },
            { add: "event", event: { at: from, type: "burst.started", data: { ...burst } } },
          ],
          audit: { target: burst.id, reason, after: burst },
          afterwards: () => loop.poke(),
        };
      },
    }),
    read({
      path: "/v1/bursts/{id}",
      summary: "One burst, also after it has ended",
      role: "viewer",
      query: NO_QUERY,
      answers: { 200: { description: "The burst", schema: burstSchema } },
      async handle({ params }) {
        const burst = await store.burst(params["id"] ?? "");
        if (burst === undefined) throw noBurst(params["id"]);
        return { status: 200, body: burst };
      },
    }),
    write({
      method: "delete",
      path: "/v1/bursts/{id}",
      summary: "End a burst now",
      role: "operator",
      action: "burst.end",
      query: NO_QUERY,
      body: NO_BODY,
      answers: { 200: { description: "The ended burst", schema: burstSchema } },
      async handle({ params, actor, now }) {
        const before = await store.burst(params["id"] ?? "");
        if (before === undefined) throw noBurst(params["id"]);
        if (before.ended_at !== undefined)
          throw new ProblemError(
            "conflict",
            `burst ${before.id} ended at ${before.ended_at} (${before.ended_by})`,
          );
        const at = instantOf(now);
        const burst: Burst = { ...before, ended_at: at, ended_by: actor.name };
        return {
          reply: { status: 200, body: burst },
          changes: [
            { put: "burst", burst },
            { add: "event", event: { at, type: "burst.ended", data: { ...burst } } },
          ],
          audit: { target: burst.id, before, after: burst },
          afterwards: () => loop.poke(),
        };
      },
    }),
  ];
}

/** Returns the service in that region. Throws a problem that names the known regions or services. */
async function serviceIn(
  loop: Loop,
  name: string,
  code: string,
): Promise<Parameters<typeof checkBurst>[0]> {
  const codes = await regionsOf(loop);
  const region = codes.includes(code) ? loop.region(code) : undefined;
  if (region === undefined)
    throw new ProblemError(
      "unknown_target",
      `there is no region ${code}: the spec has ${codes.join(", ")}`,
    );
  const service = region.services.find((each) => each.name === name);
  if (service === undefined)
    throw new ProblemError(
      "unknown_target",
      `there is no service ${name} in ${code}: the spec has ${region.services.map((each) => each.name).join(", ")}`,
    );
  return service;
}

function noBurst(id: string | undefined): ProblemError {
  return new ProblemError("not_found", `there is no burst ${id}: GET /v1/bursts lists them`);
}
