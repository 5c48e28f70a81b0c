import { instantOf } from "../model/shapes.ts";
import { z } from "zod";
import { renderStatus } from "../fleet/status.ts";
import { auditListSchema } from "../model/audit.ts";
import { runListSchema } from "../model/run.ts";
import { signalsSchema } from "../model/signals.ts";
import { reconcileRequestSchema, reconcileSchema } from "../model/spec.ts";
import { statusSchema } from "../model/status.ts";
import type { Status } from "../model/status.ts";
import type { ApiPorts } from "./ports.ts";
import { snapshotWithHead } from "./ports.ts";
import { ProblemError } from "./problem.ts";
import { NO_QUERY, read, write } from "./route.ts";
import type { Route } from "./route.ts";

const limit = z.coerce.number().int().min(1).max(1_000).optional();
const RUNS_SHOWN = 20;

/** Signals, status, runs, audit log, and the request to reconcile now. */
export function stateRoutes(ports: ApiPorts): readonly Route[] {
  const { store, specs, loop, clock, target } = ports;
  let pending: Promise<Status> | undefined;

  /** Requests that arrive while a status is being rendered share it. */
  async function statusNow(): Promise<Status> {
    pending ??= makeStatus().finally(() => (pending = undefined));
    return pending;
  }

  async function makeStatus(): Promise<Status> {
    const snapshot = await snapshotWithHead(loop);
    const { fleet, organization, app, revision } = snapshot.head;
    return renderStatus({
      asOf: instantOf(clock.now()),
      fleet,
      target: `${target} ${organization}/${app}`,
      source: specs.source,
      revision: revision.commit,
      trouble: snapshot.trouble,
      stacks: snapshot.stacks,
      bursts: snapshot.bursts,
      pauses: snapshot.pauses,
      runs: await store.runs(RUNS_SHOWN),
    });
  }

  return [
    read({
      path: "/v1/signals",
      summary: "The signals that any `pulumi up` reads through `flotilla:signals`",
      role: "viewer",
      query: NO_QUERY,
      answers: { 200: { description: "The signals document, version 1", schema: signalsSchema } },
      handle: async () => ({ status: 200, body: await loop.signals() }),
    }),
    read({
      path: "/v1/status",
      summary: "Desired and observed state, and why they differ",
      role: "viewer",
      query: NO_QUERY,
      answers: { 200: { description: "The status as of now", schema: statusSchema } },
      handle: async () => ({ status: 200, body: await statusNow() }),
    }),
    read({
      path: "/v1/runs",
      summary: "Runs, newest first",
      role: "viewer",
      query: z.strictObject({ limit }),
      answers: { 200: { description: "Runs", schema: runListSchema } },
      handle: async ({ query }) => ({
        status: 200,
        body: { runs: await store.runs(query.limit ?? 100) },
      }),
    }),
    read({
      path: "/v1/audit",
      summary: "Audit log: who did what, with which result; oldest first",
      role: "viewer",
      query: z.strictObject({ after: z.coerce.number().int().min(0).optional(), limit }),
      answers: { 200: { description: "A page", schema: auditListSchema } },
      async handle({ query }) {
        const most = query.limit ?? 100;
        const entries = await store.audit({ after: query.after ?? 0, limit: most });
        const next = entries.length === most ? entries.at(-1)?.seq : undefined;
        return { status: 200, body: { entries, ...(next === undefined ? {} : { next }) } };
      },
    }),
    write({
      method: "post",
      path: "/v1/reconcile",
      summary: "Poll the branch now and run every stack at its newest commit",
      role: "operator",
      action: "reconcile",
      body: reconcileRequestSchema,
      query: NO_QUERY,
      answers: { 202: { description: "The runs are requested", schema: reconcileSchema } },
      async handle({ body, actor, now }) {
        const before = (await loop.snapshot()).head?.revision.commit;
        const { revision, stacks } = await loop.follow(body.allow_older ?? false);
        const { commit } = revision;
        // A descendant contains the commit that was asked for.
        const isThere =
          body.commit === undefined ||
          body.commit === commit ||
          (await specs.isAncestor(body.commit, commit));
        if (!isThere)
          throw new ProblemError(
            "older_commit",
            `commit ${body.commit} isn't on the followed branch, whose newest commit is ${commit}: push it there first`,
          );
        const why = `requested by ${actor.name}: ${body.reason}`;
        return {
          reply: {
            status: 202,
            body: { commit, requested_at: instantOf(now), stacks: [...stacks] },
          },
          changes: stacks.map((stack) => ({ put: "request", stack, why })),
          audit: { target: "fleet", reason: body.reason, before, after: commit },
          afterwards: () => loop.poke(),
        };
      },
    }),
  ];
}
