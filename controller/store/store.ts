/**
 * What the controller keeps: queries, and one write that stores all changes of a request or none. Changes are data, so
 * another database needs one `commit` and the queries.
 */
import type { AuditEntry } from "../model/audit.ts";
import type { Burst } from "../model/burst.ts";
import type { Event } from "../model/event.ts";
import type { Pause } from "../model/pause.ts";
import type { Applied, Run } from "../model/run.ts";
import type { Token } from "../model/token.ts";

/** A request with an idempotency key: its answer, which a repeat gets again, or that it has begun. */
export interface IdempotencyRecord {
  /** Id of the token: each client has its own keys. */
  readonly actor: string;
  readonly key: string;
  /** Hash of method, path and body: the same key with another request is refused. */
  readonly request: string;
  readonly at: string;
  /** Absent while the request has begun and may be done: what it left outside the store (a pushed commit) tells. */
  readonly answer?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
}

/** A scaling decision for one service in one region, with the state that keeps its windows over a restart. */
export interface StoredDecision {
  readonly service: string;
  readonly region: string;
  readonly at: string;
  /** The recommended count; absent if the spec's own count holds. */
  readonly count?: number | undefined;
  readonly reason: string;
  readonly valid_until?: string | undefined;
  /** Measurements and counts that the decision was made from. */
  readonly inputs: unknown;
  /** State of the autoscaler; see `autoscale/state.ts`. */
  readonly state: unknown;
}

/** The newest commit of the branch that was accepted. From then on, a commit that doesn't descend from it is refused. */
export interface FollowedCommit {
  readonly commit: string;
  readonly at: string;
}

export type StoreChange =
  | { readonly put: "burst"; readonly burst: Burst }
  | { readonly put: "pause"; readonly pause: Pause }
  | { readonly put: "run"; readonly run: Run }
  | { readonly put: "applied"; readonly applied: Applied }
  | { readonly put: "token"; readonly token: Token }
  | { readonly put: "answer"; readonly answer: IdempotencyRecord }
  | { readonly drop: "answer"; readonly actor: string; readonly key: string }
  | { readonly put: "request"; readonly stack: string; readonly why: string }
  | { readonly drop: "request"; readonly stack: string }
  | { readonly put: "followed"; readonly followed: FollowedCommit }
  | { readonly put: "decision"; readonly decision: StoredDecision }
  | { readonly add: "audit"; readonly entry: Omit<AuditEntry, "seq"> }
  | { readonly add: "event"; readonly event: Omit<Event, "seq"> };

export interface Page {
  /** Only entries with a larger number. */
  readonly after: number;
  readonly limit: number;
}

export interface Store {
  /** Stores all of the changes, or none and throws. */
  commit(changes: readonly StoreChange[]): Promise<void>;
  /** Bursts without `ended_at`, oldest first; among them those that expired since the last step of the loop. */
  openBursts(): Promise<readonly Burst[]>;
  burst(id: string): Promise<Burst | undefined>;
  openPauses(): Promise<readonly Pause[]>;
  /** Open pauses and those that ended after this moment (RFC 3339), oldest first. */
  pausesSince(at: string): Promise<readonly Pause[]>;
  pause(id: string): Promise<Pause | undefined>;
  /** Newest first. */
  runs(limit: number): Promise<readonly Run[]>;
  unfinishedRuns(): Promise<readonly Run[]>;
  applied(): Promise<ReadonlyMap<string, Applied>>;
  /** Requested runs that haven't begun: stack → reason. */
  requests(): Promise<ReadonlyMap<string, string>>;
  followed(): Promise<FollowedCommit | undefined>;
  tokens(): Promise<readonly Token[]>;
  tokenOf(hash: string): Promise<Token | undefined>;
  answer(actor: string, key: string): Promise<IdempotencyRecord | undefined>;
  begunAnswers(): Promise<readonly IdempotencyRecord[]>;
  /** The newest decision for each service and region. */
  decisions(): Promise<readonly StoredDecision[]>;
  /** Oldest first. */
  audit(page: Page): Promise<readonly AuditEntry[]>;
  events(page: Page): Promise<readonly Event[]>;
  /** Numbers of the oldest and newest stored event; 0 and 0 if there is none. */
  eventRange(): Promise<{ readonly first: number; readonly last: number }>;
  close(): void;
}
