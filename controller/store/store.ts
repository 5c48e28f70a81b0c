/**
 * What the controller must not forget, behind as little as it needs: reads, and one write that takes all of a request's
 * changes or none. Changes are data, so another database needs a `commit` and a dozen queries.
 */
import type { AuditEntry } from "../model/audit.ts";
import type { Burst } from "../model/burst.ts";
import type { Event } from "../model/event.ts";
import type { Pause } from "../model/pause.ts";
import type { Applied, Run } from "../model/run.ts";
import type { Token } from "../model/token.ts";

/** What a request with an idempotency key was answered, to be said again; or that it has begun. */
export interface IdempotencyRecord {
  /** Id of the token: keys of one client mean nothing to another. */
  readonly actor: string;
  readonly key: string;
  /** Hash of method, path and body: the same key for another request is a mistake. */
  readonly request: string;
  readonly at: string;
  /** Absent: begun, and perhaps done. Its traces outside the store (a pushed commit) tell. */
  readonly answer?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
}

/** What autoscaling remembers of one service in one region, so that a restart keeps its windows. */
export interface StoredDecision {
  readonly service: string;
  readonly region: string;
  readonly at: string;
  /** Absent: the spec's own count holds. */
  readonly count?: number | undefined;
  readonly reason: string;
  readonly valid_until?: string | undefined;
  /** What it was decided from. */
  readonly inputs: unknown;
  /** The policy's own memory. */
  readonly state: unknown;
}

/** A branch's newest commit that was accepted: an older or diverged one is refused from then on. */
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
  /** Those after this number. */
  readonly after: number;
  readonly limit: number;
}

export interface Store {
  /** All of the changes, or none and an error. */
  commit(changes: readonly StoreChange[]): Promise<void>;
  /** Those without `ended_at`, oldest first: also one whose time is over and that nobody has closed yet. */
  openBursts(): Promise<readonly Burst[]>;
  burst(id: string): Promise<Burst | undefined>;
  openPauses(): Promise<readonly Pause[]>;
  /** The open ones and those that ended after this moment (ISO 8601), oldest first. */
  pausesSince(at: string): Promise<readonly Pause[]>;
  pause(id: string): Promise<Pause | undefined>;
  /** Newest first. */
  runs(limit: number): Promise<readonly Run[]>;
  unfinishedRuns(): Promise<readonly Run[]>;
  applied(): Promise<ReadonlyMap<string, Applied>>;
  /** Runs that were asked for and haven't begun: stack → why. */
  requests(): Promise<ReadonlyMap<string, string>>;
  followed(): Promise<FollowedCommit | undefined>;
  tokens(): Promise<readonly Token[]>;
  tokenOf(hash: string): Promise<Token | undefined>;
  answer(actor: string, key: string): Promise<IdempotencyRecord | undefined>;
  begunAnswers(): Promise<readonly IdempotencyRecord[]>;
  /** The newest of every service and region. */
  decisions(): Promise<readonly StoredDecision[]>;
  /** Oldest first. */
  audit(page: Page): Promise<readonly AuditEntry[]>;
  events(page: Page): Promise<readonly Event[]>;
  /** Numbers of the oldest and newest event; 0 and 0 when there is none. */
  eventRange(): Promise<{ readonly first: number; readonly last: number }>;
  close(): void;
}
