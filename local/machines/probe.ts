/** Runs the health checks of a process Machine against its address, at the config's intervals. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { unstartedChecks, checksOf, type NamedCheck } from "./checks.ts";
import { durationMs } from "./duration.ts";
import type { GuestCheckResult, Guest } from "./runner.ts";

/**
 * Until a check has passed once it runs this often instead of at its `interval`, so that a started host is seen as healthy
 * at once.
 */
const EAGER_MS = 250;

/** Calls back with the results of all checks whenever one changes; returns the function that ends the probing. */
export function probeChecks(
  guest: Guest,
  onChecks: (checks: readonly GuestCheckResult[]) => void,
): () => void {
  const checks = checksOf(guest.config);
  const results = new Map(unstartedChecks(guest.config).map((check) => [check.name, check]));
  const ending = new AbortController();
  const startedAt = Date.now();
  for (const check of checks) void watch(check);
  return () => ending.abort();

  async function watch(check: NamedCheck): Promise<void> {
    const intervalMs = durationMs(check.interval, 10_000);
    const graceMs = durationMs(check.grace_period, 5_000);
    let passedOnce = false;
    while (!ending.signal.aborted) {
      const { failed, output } = await tryCheck(check, guest.address, ending.signal);
      if (ending.signal.aborted) return;
      passedOnce ||= !failed;
      // A failure during the grace period doesn't count yet.
      const inGrace = !passedOnce && Date.now() - startedAt < graceMs;
      const status = failed ? (inGrace ? "warning" : "critical") : "passing";
      report({ name: check.name, status, output });
      await pause(passedOnce ? intervalMs : Math.min(EAGER_MS, intervalMs));
    }
  }

  function report(result: GuestCheckResult): void {
    const before = results.get(result.name);
    results.set(result.name, result);
    if (before?.status === result.status && before.output === result.output) return;
    onChecks([...results.values()]);
  }

  function pause(ms: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, ms);
    timer.unref();
    ending.signal.addEventListener("abort", () => over.resolve(), { once: true });
    return over.promise.finally(() => clearTimeout(timer));
  }
}

interface ProbeOutcome {
  readonly failed: boolean;
  readonly output: string;
}

function tryCheck(check: NamedCheck, address: string, signal: AbortSignal): Promise<ProbeOutcome> {
  const timeoutMs = durationMs(check.timeout, 2_000);
  return check.type === "http"
    ? tryHttp(check, address, timeoutMs, signal)
    : tryTcp(check, address, timeoutMs);
}

function tryHttp(
  check: NamedCheck,
  address: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const over = Promise.withResolvers<ProbeOutcome>();
  const options = {
    host: address,
    port: check.port,
    method: check.method ?? "GET",
    path: check.path ?? "/",
    headers: Object.fromEntries(
      (check.headers ?? []).map(({ name, values }) => [name, [...values]]),
    ),
    agent: false,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  } as const;
  const request =
    check.protocol === "https"
      ? httpsRequest({ ...options, rejectUnauthorized: check.tls_skip_verify !== true })
      : httpRequest(options);
  request.on("response", (response) => {
    const status = response.statusCode ?? 0;
    response.resume();
    const failed = status < 200 || status >= 300;
    over.resolve({ failed, output: `${status} ${response.statusMessage ?? ""}`.trim() });
  });
  request.on("error", (error) => over.resolve({ failed: true, output: reason(error, timeoutMs) }));
  request.end();
  return over.promise;
}

function tryTcp(check: NamedCheck, address: string, timeoutMs: number): Promise<ProbeOutcome> {
  const over = Promise.withResolvers<ProbeOutcome>();
  const socket = connect({ host: address, port: check.port });
  socket.setTimeout(timeoutMs, () => {
    over.resolve({ failed: true, output: `no connection within ${timeoutMs} ms` });
    socket.destroy();
  });
  socket.on("connect", () => {
    over.resolve({ failed: false, output: "connected" });
    socket.destroy();
  });
  socket.on("error", (error) => over.resolve({ failed: true, output: reason(error, timeoutMs) }));
  return over.promise;
}

function reason(error: Error, timeoutMs: number): string {
  return error.name === "AbortError" || error.name === "TimeoutError"
    ? `no answer within ${timeoutMs} ms`
    : error.message;
}
