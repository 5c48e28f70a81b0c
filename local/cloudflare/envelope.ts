/** The form of every response of Cloudflare's API v4 (developers.cloudflare.com/fundamentals/api/reference/). */
import type { Context } from "hono";

/** When a handler throws it, it becomes the error response. */
export class ApiError extends Error {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409;
  readonly code: number;

  constructor(status: ApiError["status"], code: number, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }
}

export function success(c: Context, result: unknown): Response {
  return c.json({ success: true, errors: [], messages: [], result });
}

/** Returns one page of the list, by the query's `page` (from 1) and `per_page`. */
export function page(c: Context, items: readonly unknown[], perPageDefault = 100): Response {
  const number = positive(c.req.query("page"), 1);
  const perPage = positive(c.req.query("per_page"), perPageDefault);
  const result = items.slice((number - 1) * perPage, number * perPage);
  return c.json({
    success: true,
    errors: [],
    messages: [],
    result,
    result_info: {
      page: number,
      per_page: perPage,
      count: result.length,
      total_count: items.length,
      total_pages: Math.max(1, Math.ceil(items.length / perPage)),
    },
  });
}

/** `x-should-retry: false` keeps Cloudflare's clients from retrying a permanent error ten times. */
export function failure(c: Context, error: ApiError): Response {
  c.header("x-should-retry", "false");
  return c.json(
    {
      success: false,
      errors: [{ code: error.code, message: error.message }],
      messages: [],
      result: null,
    },
    error.status,
  );
}

function positive(text: string | undefined, otherwise: number): number {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : otherwise;
}
