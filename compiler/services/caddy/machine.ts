import type { RegionCode } from "../../catalog/fly-regions.ts";
import { GUEST_PORTS } from "../../catalog/guest-ports.ts";
import type { MachineService } from "../../model/machine-config.ts";
import { httpCheck } from "../../model/machine-check.ts";
import type { FlyHost } from "../service-type.ts";
import type { CaddyService } from "./service.ts";

/** With `origin-cert` TLS passes through to Caddy, with the visitor's address before it. */
const PASSED_THROUGH = {
  internal_port: GUEST_PORTS.caddyTls,
  ports: [{ port: 443, handlers: ["proxy_proto"] }],
} as const;

/** With `fly-edge` Fly terminates TLS. Port 80 redirects, and answers the challenge of the certificate's issuer. */
const TERMINATED = {
  internal_port: GUEST_PORTS.caddyChecks,
  ports: [
    { port: 443, handlers: ["tls", "http"] },
    { port: 80, handlers: ["http"], force_https: true },
  ],
} as const;

/**
 * Returns the service of Fly's proxy that leads visitors to Caddy. The check goes to Caddy's plain listener, as an Origin
 * CA certificate is no public one. `autostart` and `autostop` go together: a host that is stopped and not started again
 * is lost. Fly keeps `min_machines_running` in the primary region only, so hosts that stay on have autostop off.
 */
export function renderFlyService(
  caddy: CaddyService,
  { fleet, region, idles }: FlyHost,
): MachineService {
  const { internal_port, ports } = fleet.tls.mode === "origin-cert" ? PASSED_THROUGH : TERMINATED;
  return {
    protocol: "tcp",
    internal_port,
    autostart: idles,
    autostop: idles ? "stop" : "off",
    min_machines_running: 0,
    ports,
    checks: [httpCheck(GUEST_PORTS.caddyChecks, "/healthz")],
    ...concurrencyOf(caddy, region),
  };
}

/** Fly lets visitors spill to another region only at `hard_limit`. */
function concurrencyOf(
  caddy: CaddyService,
  region: RegionCode,
): Pick<MachineService, "concurrency"> {
  const limits = caddy.regions[region]?.concurrency;
  if (limits === undefined) return {};
  const { type, softLimit, hardLimit } = limits;
  return {
    concurrency: {
      type,
      soft_limit: softLimit,
      ...(hardLimit === undefined ? {} : { hard_limit: hardLimit }),
    },
  };
}
