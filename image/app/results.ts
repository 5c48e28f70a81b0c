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
   * Writes one result. Returns "known" when an earlier delivery of the job has written its record.
   *
   * @throws {ResultRefusedError} when PocketBase can never accept this result
   * @throws {Error} when a later try may succeed
   */
  write(result: Result): Promise<"written" | "known">;
}

/** PocketBase refuses the result itself, so no later try can succeed. */
export class ResultRefusedError extends Error {
  override readonly name = "ResultRefusedError";
}

const workerAccount = "worker@flotilla.local";
/** A job makes four requests at most: together they take less than the consumer's ack wait and the worker's stop timeout. */
const requestTimeoutMs = 6_000;

/** Returns the store of results in the region's PocketBase. It logs in when needed, and again when the login has expired. */
export function createResultStore(options: {
  readonly url: string;
  readonly password: string;
}): ResultStore {
  // Keeps the login in memory: the default store expects a browser.
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
      // An invalid login is refused without naming a field (400, 401, 403 or 404): log in again and retry once.
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

/** Returns field → code of PocketBase's validation errors. */
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
  return cause instanceof Error ? cause.message || cause.name : "no response";
}
