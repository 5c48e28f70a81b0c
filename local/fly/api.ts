/** The API as one Hono app: `app.request()` in tests, a server in `server.ts`. */
import { Hono } from "hono";
import type { Clock } from "../../lib/clock.ts";
import { injectFaults } from "../faults/inject.ts";
import type { Faults } from "../faults/rules.ts";
import { recordCalls, type CallLog } from "../http/call-log.ts";
import type { Random } from "../machines/random.ts";
import type { MachineRunner } from "../machines/runner.ts";
import { addressRoutes } from "./addresses/routes.ts";
import { appRoutes } from "./apps/routes.ts";
import { openCertificates, type Certificates } from "./certificates/certificates.ts";
import { certificateRoutes } from "./certificates/routes.ts";
import type { ResolveDns } from "./certificates/state.ts";
import { graphqlRoutes } from "./graphql/routes.ts";
import { createLifecycle, type Lifecycle } from "./lifecycle/lifecycle.ts";
import { actionRoutes } from "./machines/action-routes.ts";
import { beforeMachineCall } from "./machines/before-call.ts";
import { leaseRoutes } from "./machines/lease-routes.ts";
import { metadataRoutes } from "./machines/metadata-routes.ts";
import { machineRoutes } from "./machines/routes.ts";
import { waitRoutes } from "./machines/wait-routes.ts";
import { organizationRoutes } from "./organizations/routes.ts";
import { platformRoutes } from "./platform/routes.ts";
import type { FlyContext } from "./request/context.ts";
import { createLimits, noLimits } from "./request/limits.ts";
import { registerOn } from "./request/register.ts";
import { secretRoutes } from "./secrets/routes.ts";
import type { FlyStore } from "./store/store.ts";
import { uiexRoutes } from "./uiex/routes.ts";
import { volumeRoutes } from "./volumes/routes.ts";
import { FlyApiError } from "./wire/errors.ts";
import { ulid } from "./wire/ids.ts";

export interface FlyAppPorts {
  readonly store: FlyStore;
  readonly runner: MachineRunner;
  readonly clock: Clock;
  /** For the time in which reads don't see what was just created. */
  readonly random: Random;
  readonly limits: boolean;
  readonly faults: Faults;
  readonly calls: CallLog;
  readonly token: string;
  /** Second number of the Machines' loopback addresses. */
  readonly octet: number;
  /** Upper bound in milliseconds of the time in which reads don't see what was just created. */
  readonly lagMs: number;
  /** Upper bound in milliseconds of how old a list of Machines may be. Default: 0. */
  readonly listLagMs?: number | undefined;
  readonly log: (line: string) => void;
  /** DNS that certificates are validated by; without it every hostname counts as set up. */
  readonly resolveDns?: ResolveDns | undefined;
}

export interface FlyApp {
  readonly app: Hono;
  readonly lifecycle: Lifecycle;
  readonly certificates: Certificates;
}

export function createFlyApp(ports: FlyAppPorts): FlyApp {
  const { store, runner, clock, octet, log } = ports;
  const lifecycle = createLifecycle({ store, runner, clock, octet, log });
  const certificates = openCertificates({ store, clock, resolveDns: ports.resolveDns });
  const context: FlyContext = {
    store,
    runner,
    clock,
    random: ports.random,
    limits: ports.limits ? createLimits(clock) : noLimits,
    token: ports.token,
    octet,
    lagMs: ports.lagMs,
    listLagMs: ports.listLagMs ?? 0,
    faults: ports.faults,
  };
  const app = createBareApp(ports);
  const on = registerOn(app, context, (c) => beforeMachineCall(context, lifecycle, c));
  appRoutes(on, context, lifecycle);
  machineRoutes(on, context, lifecycle);
  actionRoutes(on, context, lifecycle);
  waitRoutes(on, context);
  leaseRoutes(on, context);
  metadataRoutes(on, context);
  volumeRoutes(on, context);
  secretRoutes(on, context);
  addressRoutes(on, context);
  certificateRoutes(on, context, certificates);
  organizationRoutes(on, context);
  platformRoutes(on, context);
  graphqlRoutes(on, context);
  uiexRoutes(on, context);
  return { app, lifecycle, certificates };
}

/** The app without routes: request ids, the call log, faults, and errors in Fly's form. */
function createBareApp({ clock, faults, calls, log }: FlyAppPorts): Hono {
  const app = new Hono();
  app.use("*", async (c, next) => {
    await next();
    c.res.headers.set("fly-request-id", `${ulid(clock.now())}-local`);
  });
  for (const path of ["/v1/*", "/graphql", "/api/*"]) {
    app.use(path, recordCalls("fly", calls));
    app.use(path, injectFaults("fly", faults));
  }
  app.notFound((c) => c.text("404 page not found\n", 404));
  app.onError((error) => {
    if (error instanceof FlyApiError) return error.toResponse();
    log(`request failed: internal error: ${error.stack ?? String(error)}`);
    return Response.json({ error: `internal: ${error.message}` }, { status: 500 });
  });
  return app;
}
