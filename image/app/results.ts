import PocketBase, { BaseAuthStore, ClientResponseError } from "pocketbase";

/** A record of the collection `results`. */
export interface Result {
  readonly job: string;
  readonly text: string;
  readonly region: string;
  readonly host: string;
  readonly slot: string;
  /** RFC 3339. */
  readonly worked_at: string;
}

export interface ResultStore {
  /**
   * Writes one result. "known": a record of that job is there already, from an earlier delivery.
   * Throws `ResultRefusedError` when this result can never be written, another Error when it may be later.
   */
  write(result: Result): Promise<"written" | "known">;
}

/** PocketBase has looked at the result and found it wrong. */
export class ResultRefusedError extends Error {
  override readonly name = "ResultRefusedError";
}

const workerAccount = "worker@flotilla.local";
/** Four requests per job at most: together below the consumer's ack wait and the worker's stop budget. */
const requestTimeoutMs = 6_000;

/** The region's PocketBase as a worker sees it; logs in when needed, and again when the login has run out. */
export function createResultStore(options: {
  readonly url: string;
  readonly password: string;
}): ResultStore {
  // A store in memory: the default one looks for a browser's.
  const pb = new PocketBase(options.url, new BaseAuthStore());
  pb.autoCancellation(false);

  async function write(result: Result): Promise<"written" | "known"> {
    const reused = pb.authStore.isValid;
    try {
      if (!reused) {
        await pb
          .collection("workers")
          .authWithPassword(workerAccount, options.password, withTimeout());
      }
      await pb.collection("results").create({ ...result }, withTimeout());
      return "written";
    } catch (error) {
      if (!(error instanceof ClientResponseError)) throw error;
      const fields = refusedFields(error);
      if (error.status === 400 && fields.get("job") === "validation_not_unique") return "known";
      if (error.status === 400 && fields.size > 0 && pb.authStore.isValid) {
        throw new ResultRefusedError(
          `PocketBase refused ${[...fields].map((field) => field.join(": ")).join(", ")}`,
        );
      }
      // A login that is no longer good shows as a refusal without a field (400, 401, 403 or 404): once more, afresh.
      if (error.status >= 400 && error.status < 500) {
        pb.authStore.clear();
        if (reused) return write(result);
      }
      throw new Error(`PocketBase at ${options.url}: ${describe(error)}`, { cause: error });
    }
  }
  return { write };
}

function withTimeout(): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(requestTimeoutMs) };
}

/** Field → code of PocketBase's validation errors. */
function refusedFields(error: ClientResponseError): Map<string, string> {
  const data: unknown = error.response["data"];
  const fields = new Map<string, string>();
  if (typeof data !== "object" || data === null) return fields;
  for (const [field, problem] of Object.entries(data)) {
    const code: unknown =
      typeof problem === "object" && problem !== null ? Reflect.get(problem, "code") : undefined;
    fields.set(field, typeof code === "string" ? code : "refused");
  }
  return fields;
}

function describe(error: ClientResponseError): string {
  if (error.status !== 0) return `${error.status} ${error.message}`;
  const original: unknown = error.originalError;
  const cause = original instanceof Error ? (original.cause ?? original) : undefined;
  return cause instanceof Error ? cause.message || cause.name : "no answer";
}
