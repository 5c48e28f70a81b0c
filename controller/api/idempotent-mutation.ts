/**
 * Performs a mutation once per idempotency key: its changes, its audit entry and its answer are one write of the store. A
 * mutation that acts outside the store (a push) is recorded before it begins, so that after a crash its outcome can be found.
 */
import { instantOf } from "../model/shapes.ts";
import { randomBytes } from "node:crypto";
import { sha256 } from "../../lib/hash.ts";
import { createSerialQueue } from "../../lib/serial-queue.ts";
import type { SerialQueue } from "../../lib/serial-queue.ts";
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
  /** The idempotency key; undefined if the client sent none. */
  readonly key: string | undefined;
  /** Method, path with query, and body, as they were received. */
  readonly text: string;
  readonly call: Omit<RouteRequest<unknown, unknown>, "request">;
}

export interface IdempotentMutations {
  /** Returns the answer, also the stored one of an earlier request with the same key. Throws a problem. */
  run(mutation: Mutation): Promise<Reply>;
  /** After a start: settles the requests that had begun when the controller ended. */
  recover(now: number): Promise<void>;
}

/** Prefix of the key of a request without one. No client's key contains a space. */
const UNKEYED = "unkeyed ";

export function createIdempotentMutations(
  store: Store,
  specs: SpecsRepository,
): IdempotentMutations {
  const inProgress = new Set<string>();
  const queues = new Map<string, SerialQueue>();

  async function run(mutation: Mutation): Promise<Reply> {
    const { actor, key, text } = mutation;
    if (key === undefined) return perform(mutation, `${UNKEYED}${randomBytes(16).toString("hex")}`);
    const id = `${actor.id} ${key}`;
    if (inProgress.has(id))
      throw new ProblemError("key_in_use", "a request with this Idempotency-Key is in progress");
    inProgress.add(id);
    try {
      const request = sha256(text);
      const known = await store.answer(actor.id, key);
      if (known === undefined) return await perform(mutation, key);
      if (known.request !== request)
        throw new ProblemError(
          "key_reused",
          "this Idempotency-Key was used for another request: use a new key for a new request",
        );
      const settled = known.answer ?? (await settle(known, mutation.call.now));
      if (settled === undefined) return await perform(mutation, key);
      return {
        status: settled.status,
        body: JSON.parse(settled.body) as unknown,
        headers: { ...settled.headers, "idempotency-replayed": "true" },
      };
    } finally {
      inProgress.delete(id);
    }
  }

  async function perform(mutation: Mutation, key: string): Promise<Reply> {
    const { route, actor, call, text } = mutation;
    const request = requestId(actor.id, key);
    const at = instantOf(call.now);
    const entry = { at, actor: actor.name, action: route.action, request };
    const begun: IdempotencyRecord = { actor: actor.id, key, request: sha256(text), at };
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

  /** Finds out how a request that had begun ended, and stores it. Returns undefined if it did nothing. */
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
      const detail = "the controller ended before the change was accepted: nothing was stored";
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
    // One queue per kind of mutation: a slow push delays no burst.
    run: async (mutation) => queueOf(mutation.route).run(async () => run(mutation)),
    async recover(now) {
      for (const begun of await store.begunAnswers()) await settle(begun, now);
    },
  };

  function queueOf(route: WriteRoute): SerialQueue {
    const name = queueName(route);
    const queue = queues.get(name) ?? createSerialQueue();
    queues.set(name, queue);
    return queue;
  }
}

/** Turns what a handler threw into a problem; an unexpected error becomes `internal`. */
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
  return new ProblemError(
    "internal",
    "internal error: the controller's log has the details (`request failed`)",
    { cause: error },
  );
}

function queueName({ outside, action }: WriteRoute): string {
  return outside === true ? "specs" : (action.split(".")[0] ?? action);
}

function targetOf({ call }: Mutation): string {
  return Object.values(call.params).join(" ") || "fleet";
}

/** Names the request in the audit log and in commits. Made from the key, so that a repeat finds what the first one did. */
function requestId(actor: string, key: string): string {
  return sha256(`${actor} ${key}`).slice(0, 32);
}
