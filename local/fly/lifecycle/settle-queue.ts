/**
 * The jobs that bring Machines to what their records ask for: one at a time per Machine, in the order of the requests. A job
 * can tell whether a newer request has replaced its own; then it leaves the Machine's state to that request's job.
 */
import { createSerialQueue, type SerialQueue } from "../../../lib/serial-queue.ts";

/** @param isCurrent false as soon as a newer request arrives or the queue is closed */
export type SettleJob = (isCurrent: () => boolean) => Promise<void>;

export interface SettleQueue {
  /** Starts a new request on the Machine, which outdates the earlier ones; returns its number. */
  begin(id: string): number;
  /** Returns the number of the Machine's latest request; 0 when there was none. */
  latest(id: string): number;
  /** Adds a job on behalf of that request. A job that fails doesn't stop the next; `onError` receives its error. */
  add(id: string, request: number, job: SettleJob, onError: (error: unknown) => void): void;
  /** Resolves when every job of the Machine that was added so far has ended. */
  idle(id: string): Promise<void>;
  /** Outdates every request: jobs that run end at their next step. */
  close(): void;
  isClosed(): boolean;
}

export function createSettleQueue(): SettleQueue {
  const queues = new Map<string, SerialQueue>();
  const requests = new Map<string, number>();
  let closed = false;

  function queueOf(id: string): SerialQueue {
    const queue = queues.get(id) ?? createSerialQueue();
    queues.set(id, queue);
    return queue;
  }

  return {
    begin(id) {
      const request = (requests.get(id) ?? 0) + 1;
      requests.set(id, request);
      return request;
    },
    latest: (id) => requests.get(id) ?? 0,
    add(id, request, job, onError) {
      const isCurrent = (): boolean => request === requests.get(id) && !closed;
      queueOf(id)
        .run(() => job(isCurrent))
        .catch(onError);
    },
    async idle(id) {
      await queues.get(id)?.idle();
    },
    close() {
      closed = true;
    },
    isClosed: () => closed,
  };
}
