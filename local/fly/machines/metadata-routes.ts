/** Machine metadata: written without a new version and without a restart. */
import type { Context } from "hono";
import { z } from "zod";
import { FlyApiError, notFound } from "../wire/errors.ts";
import type { MachineRecord } from "../store/records.ts";
import { liveMachineOf, machineOf } from "./find.ts";
import { param, readBody } from "../request/read.ts";
import type { FlyContext } from "../request/context.ts";
import type { Register } from "../request/register.ts";

/** A value of null or "" removes the key. */
const mapSchema = z.looseObject({
  metadata: z.record(z.string(), z.string().nullable()),
  machine_version: z.string().nullish(),
  /** As the client last read it; a different value means that another client has written since. */
  updated_at: z.string().nullish(),
});
const valueSchema = z.looseObject({ value: z.string() });

export function metadataRoutes(on: Register, context: FlyContext): void {
  const { store } = context;
  const path = "/v1/apps/:app/machines/:id/metadata";

  function write(machine: MachineRecord, metadata: Readonly<Record<string, string>>): void {
    machine.config = { ...machine.config, metadata: { ...metadata } };
    machine.updated_at = new Date(context.clock.now()).toISOString();
    store.machines.put(machine.id, machine);
  }

  on("GET", path, { action: "get metadata", by: "id" }, (c) =>
    c.json(machineOf(context, c).config.metadata ?? {}),
  );

  // PATCH changes the keys it names; PUT replaces them all.
  for (const method of ["PATCH", "PUT"] as const) {
    on(method, path, { action: "update metadata", by: "id" }, async (c: Context) => {
      const machine = liveMachineOf(context, c);
      const body = await readBody(c, mapSchema, { keepNulls: true });
      if (body.machine_version && body.machine_version !== machine.instance_id) {
        throw new FlyApiError(
          412,
          `failed_precondition: machine_version ${body.machine_version} is not ${machine.instance_id}`,
        );
      }
      if (body.updated_at && body.updated_at !== machine.updated_at) {
        throw new FlyApiError(
          412,
          `failed_precondition: updated_at ${body.updated_at} is not ${machine.updated_at}`,
        );
      }
      const merged = { ...(method === "PATCH" && machine.config.metadata), ...body.metadata };
      const kept = Object.entries(merged).filter((entry): entry is [string, string] => !!entry[1]);
      write(machine, Object.fromEntries(kept));
      return c.body(null, 204);
    });
  }

  const key = `${path}/:key`;

  on("GET", key, { action: "get metadata", by: "id" }, (c) => {
    const value = machineOf(context, c).config.metadata?.[param(c, "key")];
    if (value === undefined) throw notFound("metadata key");
    return c.json({ value });
  });

  on("POST", key, { action: "update metadata", by: "id" }, async (c) => {
    const machine = liveMachineOf(context, c);
    const { value } = await readBody(c, valueSchema);
    const { [param(c, "key")]: _replaced, ...others } = machine.config.metadata ?? {};
    write(machine, value === "" ? others : { ...others, [param(c, "key")]: value });
    return c.body(null, 204);
  });

  on("DELETE", key, { action: "update metadata", by: "id" }, (c) => {
    const machine = liveMachineOf(context, c);
    const { [param(c, "key")]: _removed, ...others } = machine.config.metadata ?? {};
    write(machine, others);
    return c.body(null, 204);
  });
}
