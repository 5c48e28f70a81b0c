/** `/_local/*`, which the real Fly doesn't have: for the CLI, and for tests that inspect the cloud or add faults. */
import type { Hono, MiddlewareHandler } from "hono";
import type { CallLog } from "../../http/call-log.ts";
import { faultSchema, type Faults } from "../../faults/rules.ts";
import { messageOf } from "../../../lib/message-of.ts";
import { FlyApiError, invalidArgument, notFound } from "../wire/errors.ts";
import { readBody } from "../request/read.ts";
import { listMachines, listVolumes } from "./status.ts";
import type { FlyStore } from "../store/store.ts";
import { authenticate } from "../request/tokens.ts";

export interface LocalPorts {
  readonly token: string;
  readonly store: FlyStore;
  readonly faults: Faults;
  readonly calls: CallLog;
  readonly info: () => object;
  readonly autostop: () => readonly string[];
  /** Starts to stop the cloud, after the answer was sent. */
  readonly stop: () => void;
}

export function localRoutes(app: Hono, ports: LocalPorts): void {
  const { store, faults, calls } = ports;

  const guard: MiddlewareHandler = async (c, next) => {
    const { app: scope } = authenticate(c, ports.token, {
      tokens: store.tokens,
      nowMs: Date.now(),
    });
    if (scope !== undefined) throw new FlyApiError(403, "this token is for one app alone");
    await next();
  };
  app.use("/_local/*", guard);

  app.get("/_local/status", (c) =>
    c.json({
      info: ports.info(),
      apps: store.apps.all().map(({ name, id, organization }) => ({ name, id, organization })),
      machines: listMachines(store),
      volumes: listVolumes(store),
    }),
  );

  app.post("/_local/stop", (c) => {
    setImmediate(ports.stop);
    return c.json({ ok: true });
  });

  app.post("/_local/autostop", (c) => c.json({ slept: ports.autostop() }));

  app.get("/_local/calls", (c) => {
    const after = Number(c.req.query("after") ?? 0);
    if (!Number.isInteger(after)) throw invalidArgument("after must be a number");
    return c.json({ calls: calls.list(after) });
  });

  app.post("/_local/faults", async (c) => {
    const fault = await readBody(c, faultSchema, { keepNulls: true });
    try {
      return c.json(faults.add(fault));
    } catch (error) {
      throw invalidArgument(messageOf(error));
    }
  });

  app.get("/_local/faults", (c) => c.json({ faults: faults.list() }));

  app.delete("/_local/faults", (c) => c.json({ ok: true, cleared: faults.clear() }));

  app.delete("/_local/faults/:id", (c) => {
    const cleared = faults.clear(c.req.param("id"));
    if (cleared === 0) throw notFound("fault");
    return c.json({ ok: true, cleared });
  });
}
