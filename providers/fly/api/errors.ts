/** The error of the Fly provider. Its message alone says what failed, on which object, why and what to do. */
import { redact } from "./token.ts";

export interface FlyErrorDetails {
  /** What was attempted, to follow "Can't": `create Machine iad-0`. */
  readonly what: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Fly's `status` field or a code of ours, e.g. `insufficient_capacity`, `name_taken`, `network`, `unhealthy`. */
  readonly code: string;
  /** Why it failed, in Fly's words or ours. */
  readonly detail: string;
  /** Header `fly-request-id`. */
  readonly requestId?: string | undefined;
  /** The same call may succeed later without any change. */
  readonly retryable?: boolean;
  /** Header `Retry-After`. */
  readonly retryAfterMs?: number | undefined;
  readonly region?: string | undefined;
  /** Name of the host's Machine. */
  readonly host?: string | undefined;
  /** What was already done to recover. */
  readonly tried?: string | undefined;
  /** What the operator should do. @default derived from status and code */
  readonly hint?: string | undefined;
}

/** Message: what failed → details → what to do. Tokens are redacted. */
export class FlyError extends Error {
  readonly exitCode = 3;
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  readonly retryable: boolean;
  readonly region: string | undefined;
  readonly host: string | undefined;
  readonly tried: string | undefined;
  readonly hint: string;
  readonly details: FlyErrorDetails;

  constructor(details: FlyErrorDetails) {
    const hint = details.hint ?? hintFor(details);
    super(redact(formatMessage(details, hint)));
    this.name = "FlyError";
    this.status = details.status;
    this.code = details.code;
    this.requestId = details.requestId;
    this.retryable = details.retryable ?? false;
    this.region = details.region;
    this.host = details.host;
    this.tried = details.tried;
    this.hint = hint;
    this.details = details;
  }
}

/** Says whether Fly answered that the resource doesn't exist. */
export function isNotFound(error: unknown): error is FlyError {
  return error instanceof FlyError && error.status === 404;
}

/**
 * Says whether the call may have had its effect although it failed: after no answer, 408 and 5xx.
 * Source: flyctl, internal/flapsutil/retry.go, which warns that a 408 on create is ambiguous.
 */
export function isAmbiguous(error: unknown): error is FlyError {
  return (
    error instanceof FlyError && (error.status === 0 || error.status === 408 || error.status >= 500)
  );
}

/** Returns the same error with more details. */
export function explain(error: FlyError, more: Partial<FlyErrorDetails>): FlyError {
  return new FlyError({ ...error.details, ...more });
}

function formatMessage(details: FlyErrorDetails, hint: string): string {
  const facts = [
    details.status === 0 ? "no answer" : undefined,
    // A status below 400 is a successful response of Fly, after which something else failed.
    details.status >= 400 ? `HTTP ${details.status}` : undefined,
    details.code,
    details.host === undefined ? undefined : `Machine ${details.host}`,
    details.region === undefined ? undefined : `region ${details.region}`,
    details.requestId === undefined ? undefined : `Fly request ${details.requestId}`,
  ].filter((fact) => fact !== undefined);
  const tried = details.tried === undefined ? "" : ` Tried: ${details.tried}.`;
  return `Can't ${details.what}: ${details.detail.replace(/\.$/, "")} (${facts.join(", ")}).${tried} ${hint}`;
}

/** Source: fly-go, flaps/flaps_error.go, and reports of clients of the Machines API. */
function hintFor({ status, code, detail, region }: FlyErrorDetails): string {
  if (status === 401)
    return "FLY_API_TOKEN is not accepted: check it, and that FLY_FLAPS_BASE_URL is the API it is for.";
  if (status === 403 && /quota/i.test(detail)) {
    return `The organization's quota${region === undefined ? "" : ` in ${region}`} is used up: choose another region, or ask Fly for more.`;
  }
  if (status === 403)
    return "This token may not do that: use a token of the organization that owns the app.";
  if (
    code === "insufficient_capacity" ||
    /insufficient|no capacity|could not reserve/i.test(detail)
  ) {
    return `Fly has no room${region === undefined ? "" : ` in ${region}`} now: try again later, choose a smaller machine or another region.`;
  }
  if (code === "volume_placement_capacity" || status === 412) {
    return "The host that holds this volume is full: try again later, or fork the volume to another host (`fly volumes fork`).";
  }
  if (status === 409 && /lease/i.test(detail))
    return "Someone else is working on this Machine: run it again when they are done.";
  if (status === 429) return "Fly limits the rate of calls: run it again in a minute.";
  if (status === 0)
    return "Check the network and FLY_FLAPS_BASE_URL, then run it again: no resource is created twice.";
  if (status === 408 || status >= 500)
    return "Fly is in trouble (https://status.flyio.net): run it again later, no resource is created twice.";
  return "Correct that and run it again.";
}
