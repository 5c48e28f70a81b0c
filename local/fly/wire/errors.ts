/** Errors in Fly's words, on which clients match (fly-go: flaps_error.go; flyctl). */

/** Fly's `status` field, which stands beside the text. */
export type FlyErrorStatus =
  | "unknown"
  | "insufficient_capacity"
  | "volume_placement_capacity"
  | "name_taken";

export class FlyApiError extends Error {
  readonly httpStatus: number;
  readonly status: FlyErrorStatus | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    httpStatus: number,
    message: string,
    more: { status?: FlyErrorStatus; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.httpStatus = httpStatus;
    this.status = more.status;
    this.headers = more.headers ?? {};
  }

  toResponse(): Response {
    const body = { error: this.message, ...(this.status && { status: this.status }) };
    return Response.json(body, { status: this.httpStatus, headers: this.headers });
  }
}

export function invalidArgument(what: string): FlyApiError {
  return new FlyApiError(400, `invalid_argument: ${what}`);
}

export function notFound(what: string): FlyApiError {
  return new FlyApiError(404, `not_found: ${what} not found`);
}

export function failedPrecondition(what: string): FlyApiError {
  return new FlyApiError(412, `failed_precondition: ${what}`);
}
