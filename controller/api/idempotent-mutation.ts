/**
 * A mutation, done once: its changes, its audit entry and the answer under its idempotency key are written in one piece. What
 * leaves a trace outside the store is noted before it begins, so that after a crash it is looked for there.
 */
import { instantOf } from "../model/shapes.ts";
import { createHash, randomBytes } from "node:crypto";
import type { SpecChange } from "../model/spec.ts";
import type { Token } from "../model/token.ts";
import { ConflictError, SpecsError, UnknownOutcomeError } from "../specs/repository.ts";
import type { SpecsRepository } from "../specs/repository.ts";
import { FollowError } from "../loop/branch-follower.ts";
import type { IdempotencyRecord, StoreChange, Store } from "../store/store.ts";
import { ProblemError } from "./problem.ts";
import type { RouteRequest, MutationResult, Reply, WriteRoute } from "./route.ts";

export interface Mutation {
  readonly route: WriteRoute;
  readonly actor: Token;
  /** Undefined: the client doesn't mean to repeat it. */
  readonly key: string | undefined;
  /** Method, path with query, and body as they came. */
  readonly text: string;
  readonly call: Omit<RouteRequest<unknown, unknown>, "request">;
}

export interface IdempotentMutations {
  /** Throws a problem. */
  run(mutation: Mutation): Promise<Reply>;
  /** After a start: settles what had begun when the controller ended. */
  recover(now: number): Promise<void>;
}

/** Begins the key of a request without one; with a space in it, it is no client's. */
const UNKEYED = "unkeyed ";

export function createIdempotentMutations(
  store: Store,
  specs: SpecsRepository,
): IdempotentMutations {
  const inHand = new Set<string>();
  const turns = new Map<string, Promise<unknown>>();

  async function run(mutation: Mutation): Promise<Reply> {
    const { actor, key, text } = mutation;
    if (key === undefined) return perform(mutation, `${UNKEYED}${randomBytes(16).toString("hex")}`);
    const id = `${actor.id} ${key}`;
    if (inHand.has(id))
      throw new ProblemError("key_in_use", "a request with this Idempotency-Key is on its way");
    inHand.add(id);
    try {
      const request = hash(text);
      const known = await store.answer(actor.id, key);
      if (known === undefined) return await perform(mutation, key);
      if (known.request !== request)
        throw new ProblemError(
          "key_reused",
          "this Idempotency-Key was used for another request: take a new one for a new request",
        );
      const settled = known.answer ?? (await settle(known, mutation.call.now));
      if (settled === undefined) return await perform(mutation, key);
      return {
        status: settled.status,
        body: JSON.parse(settled.body) as unknown,
        headers: { ...settled.headers, "idempotency-replayed": "true" },
      };
    } finally {
      inHand.delete(id);
    }
  }

  async function perform(mutation: Mutation, key: string): Promise<Reply> {
    const { route, actor, call, text } = mutation;
    const request = requestId(actor.id, key);
    const at = instantOf(call.now);
    const entry = { at, actor: actor.name, action: route.action, request };
    const begun: IdempotencyRecord = { actor: actor.id, key, request: hash(text), at };
    const forget: StoreChange[] =
      route.outside === true ? [{ drop: "answer", actor: actor.id, key }] : [];
    if (route.outside === true)
      await store.commit([
        { put: "answer", answer: begun },
        { add: "audit", entry: { ...entry, target: targetOf(mutation), result: "begun" } },
      ]);
    let outcome: MutationResult;
    try {
      outcome = await route.respond({ ...call, request });
    } catch (error) {
      const problem = toProblem(error);
      const isUnknown = error instanceof UnknownOutcomeError;
      const result = problem.status >= 500 ? "failed" : "refused";
      await store.commit([
        ...(isUnknown ? [] : forget),
        {
          add: "audit",
          entry: { ...entry, target: targetOf(mutation), result, detail: problem.message },
        },
      ]);
      throw problem;
    }
    const { reply, changes, audit, counts = true } = outcome;
    const said = {
      status: reply.status,
      headers: reply.headers ?? {},
      body: JSON.stringify(reply.body ?? null),
    };
    const answer: StoreChange[] =
      mutation.key === undefined || !counts
        ? forget
        : [{ put: "answer", answer: { ...begun, answer: said } }];
    const { reason, ...rest } = audit;
    const result = counts ? "done" : "tried";
    await store.commit([
      ...changes,
      ...answer,
      {
        add: "audit",
        entry: { ...entry, ...rest, ...(reason === undefined ? {} : { reason }), result },
      },
    ]);
    outcome.afterwards?.();
    return reply;
  }

  /** What became of a request that had begun; undefined: nothing, and that is noted. */
  async function settle(
    begun: IdempotencyRecord,
    now: number,
  ): Promise<IdempotencyRecord["answer"]> {
    const request = requestId(begun.actor, begun.key);
    const commit = await specs.acceptedFrom(request);
    const entry = {
      at: instantOf(now),
      actor: "controller",
      action: "recover",
      target: "spec",
      request,
    };
    if (commit === undefined) {
      const detail = "it was cut off before the change was accepted: nothing was stored";
      await store.commit([
        { drop: "answer", actor: begun.actor, key: begun.key },
        { add: "audit", entry: { ...entry, result: "failed", detail } },
      ]);
      return undefined;
    }
    const body: SpecChange = {
      dry_run: false,
      revision: commit,
      changed: true,
      diff: await specs.diff(`${commit}^`, commit),
      plan: null,
      diagnostics: [],
    };
    const answer = {
      status: 200,
      headers: { etag: `"${commit}"` },
      body: JSON.stringify(body),
    };
    await store.commit([
      { put: "answer", answer: { ...begun, answer } },
      { add: "audit", entry: { ...entry, result: "done", after: { revision: commit } } },
    ]);
    return answer;
  }

  return {
    // Each waits for its like only: a slow push holds up no burst.
    run: async (mutation) => inTurn(turnOf(mutation.route), async () => run(mutation)),
    async recover(now) {
      for (const begun of await store.begunAnswers()) await settle(begun, now);
    },
  };

  async function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const mine = (turns.get(name) ?? Promise.resolve()).then(work, work);
    turns.set(
      name,
      mine.catch(() => undefined),
    );
    return mine;
  }
}

/** Anything a handler throws → a problem; what nobody expected stays ours. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof ConflictError)
    return new ProblemError("conflict", error.message, { cause: error });
  if (error instanceof FollowError)
    return new ProblemError(error.code, error.message, {
      cause: error,
      ...(error.diagnostics.length === 0 ? {} : { diagnostics: error.diagnostics }),
    });
  if (error instanceof SpecsError)
    return new ProblemError("remote_failed", error.message, { cause: error });
  return new ProblemError("internal", "our bug: the controller's log says more", { cause: error });
}

function turnOf({ outside, action }: WriteRoute): string {
  return outside === true ? "specs" : (action.split(".")[0] ?? action);
}

function targetOf({ call }: Mutation): string {
  return Object.values(call.params).join(" ") || "fleet";
}

/** Stands in the audit log and in commits; from the key, so that a repeat finds what it did. */
function requestId(actor: string, key: string): string {
  return hash(`${actor} ${key}`).slice(0, 32);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
