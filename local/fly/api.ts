/** The API as one Hono app: `app.request()` in tests, a server in `server.ts`. */
import { Hono } from "hono";
import type { Calls } from "../http/call-log.ts";
import type { Faults } from "../faults/rules.ts";
import { intercept } from "../faults/intercept.ts";
import type { Clock } from "../machines/virtual-clock.ts";
import type { Random } from "../machines/random.ts";
import type { MachineRunner } from "../machines/runner.ts";
import type { ResolveDns } from "./certificates/state.ts";
import { FlyApiError } from "./wire/errors.ts";
import { ulid } from "./wire/ids.ts";
import { createLifecycle, type Lifecycle } from "./lifecycle/lifecycle.ts";
import { createLimits, noLimits } from "./request/limits.ts";
import { registerOn, type FlyContext } from "./request/request.ts";
import { actionRoutes } from "./machines/action-routes.ts";
import { addressRoutes } from "./addresses/routes.ts";
import { appRoutes } from "./apps/routes.ts";
import { certificateRoutes } from "./certificates/routes.ts";
import { graphqlRoutes } from "./graphql/routes.ts";
import { leaseRoutes } from "./machines/lease-routes.ts";
import { machineRoutes } from "./machines/routes.ts";
import { metadataRoutes } from "./machines/metadata-routes.ts";
import { organizationRoutes } from "./organizations/routes.ts";
import { platformRoutes } from "./platform/routes.ts";
import { secretRoutes } from "./secrets/routes.ts";
import { uiexRoutes } from "./uiex/routes.ts";
import { volumeRoutes } from "./volumes/routes.ts";
import { waitRoutes } from "./machines/wait-routes.ts";
import type { FlyStore } from "./store/store.ts";

export interface FlyAppPorts {
  readonly store: FlyStore;
  readonly runner: MachineRunner;
  readonly clock: Clock;
  /** For the time in which something new isn't visible yet. */
  readonly random: Random;
  readonly limits: boolean;
  readonly faults: Faults;
  readonly calls: Calls;
  readonly token: string;
  /** Second number of the Machines' loopback addresses. */
  readonly octet: number;
  /** Upper bound in milliseconds of the time in which reads don't see what was just made. */
  readonly lagMs: number;
  /** Upper bound in milliseconds of how long ago a list of Machines is from. */
  readonly listLagMs?: number | undefined;
  readonly log: (line: string) => void;
  /** What certificates are validated by; without it every hostname counts as set up. */
  readonly resolveDns?: ResolveDns | undefined;
}

export interface FlyApp {
  readonly app: Hono;
  readonly machines: Lifecycle;
}

export function createFlyApp(ports: FlyAppPorts): FlyApp {
  const {
    store,
    runner,
    clock,
    random,
    token,
    octet,
    lagMs,
    listLagMs = 0,
    faults,
    calls,
    log,
  } = ports;
  const machines = createLifecycle({ store, runner, clock, octet, log });
  const limits = ports.limits ? createLimits(clock) : noLimits;
  const context: FlyContext = {
    store,
    machines,
    runner,
    clock,
    random,
    limits,
    token,
    octet,
    lagMs,
    listLagMs,
    faults,
    resolveDns: ports.resolveDns,
  };

  const app = new Hono();
  app.use("*", async (c, next) => {
    await next();
    c.res.headers.set("fly-request-id", `${ulid(clock.now())}-local`);
  });
  for (const path of ["/v1/*", "/graphql", "/api/*"])
    app.use(path, intercept("fly", { faults, calls }));
  app.notFound((c) => c.text("404 page not found\n", 404));
  app.onError((error) => {
    if (error instanceof FlyApiError) return error.toResponse();
    log(`internal error: ${error.stack ?? String(error)}`);
    return Response.json({ error: `internal: ${error.message}` }, { status: 500 });
  });

  const on = registerOn(app, context);
  appRoutes(on, context);
  machineRoutes(on, context);
  actionRoutes(on, context);
  waitRoutes(on, context);
  leaseRoutes(on, context);
  metadataRoutes(on, context);
  volumeRoutes(on, context);
  secretRoutes(on, context);
  addressRoutes(on, context);
  certificateRoutes(on, context);
  organizationRoutes(on, context);
  platformRoutes(on, context);
  graphqlRoutes(on, context, log);
  uiexRoutes(on, context);
  return { app, machines };
}
