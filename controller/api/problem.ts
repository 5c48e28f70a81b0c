import { STATUS_CODES } from "node:http";
import type { Diagnostic } from "../../compiler/compile.ts";
import type { PROBLEM_CODES, Problem } from "../model/problem.ts";

type ProblemCode = (typeof PROBLEM_CODES)[number];

const STATUS: Readonly<Record<ProblemCode, number>> = {
  invalid_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  conflict: 409,
  older_commit: 409,
  key_in_use: 409,
  stale: 412,
  too_large: 413,
  invalid_spec: 422,
  not_scalable: 422,
  out_of_bounds: 422,
  unknown_target: 422,
  key_reused: 422,
  precondition_required: 428,
  rate_limited: 429,
  internal: 500,
  remote_failed: 502,
  not_ready: 503,
};

interface ProblemDetails {
  readonly diagnostics?: readonly Diagnostic[];
  readonly bound?: Problem["bound"];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Thrown for a request that is refused or fails; answered as RFC 9457. The message says what to do. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly code: ProblemCode;
  readonly status: number;
  readonly details: ProblemDetails;

  constructor(code: ProblemCode, detail: string, details: ProblemDetails = {}) {
    super(detail, { cause: details.cause });
    this.code = code;
    this.status = STATUS[code];
    this.details = details;
  }

  toProblem(): Problem {
    const { diagnostics, bound } = this.details;
    return {
      type: `urn:flotilla:problem:${this.code}`,
      title: STATUS_CODES[this.status] ?? "Error",
      status: this.status,
      code: this.code,
      detail: this.message,
      ...(diagnostics === undefined ? {} : { diagnostics: [...diagnostics] }),
      ...(bound === undefined ? {} : { bound }),
    };
  }
}
