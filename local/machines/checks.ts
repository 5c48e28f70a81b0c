/** The health checks in a Machine's configuration, by name. */
import type { GuestCheckResult, GuestCheck, GuestConfig } from "./runner.ts";

export interface NamedCheck extends GuestCheck {
  readonly name: string;
  readonly port: number;
}

/** Returns all checks. Checks of services get Fly's names (`servicecheck-00-http-8080`), top-level checks keep theirs. */
export function checksOf(config: GuestConfig): readonly NamedCheck[] {
  const named: NamedCheck[] = [];
  for (const service of config.services ?? []) {
    for (const [index, check] of (service.checks ?? []).entries()) {
      const port = check.port ?? service.internal_port;
      const name = `servicecheck-${String(index).padStart(2, "0")}-${check.type}-${port}`;
      named.push({ ...check, name, port });
    }
  }
  for (const [name, check] of Object.entries(config.checks ?? {})) {
    if (check.port !== undefined) named.push({ ...check, name, port: check.port });
  }
  return named;
}

/** Returns the results of all checks before any of them has run. */
export function unstartedChecks(config: GuestConfig): readonly GuestCheckResult[] {
  return checksOf(config).map(({ name }) => ({
    name,
    status: "warning",
    output: "the machine hasn't started",
  }));
}
