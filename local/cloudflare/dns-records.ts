/** `/zones/:zone/dns_records`. https://developers.cloudflare.com/api/resources/dns/subresources/records */
import { Hono } from "hono";
import type { Context } from "hono";
import { z } from "zod";
import { ApiError, page, success } from "./envelope.ts";
import {
  type RecordFields,
  assertNoClash,
  describeRecord,
  normalizeRecord,
  recordBody,
} from "./record-rules.ts";
import { readBody } from "./request-body.ts";
import { type CloudflareStore, type RecordState, newId } from "./store.ts";
import { zoneById } from "./zones.ts";

export function dnsRecordRoutes(store: CloudflareStore): Hono {
  const app = new Hono();

  app.get("/", (c) => {
    const zone = zoneIn(c, store);
    const wanted = filterOf(c);
    return page(
      c,
      store
        .state()
        .records.filter((record) => record.zone_id === zone.id && wanted(record))
        .map(describeRecord),
    );
  });

  app.post("/", async (c) => {
    const zone = zoneIn(c, store);
    const fields = normalizeRecord(await readBody(c, recordBody), zone.name);
    assertNoClash(fields, recordsIn(store, zone.id));
    const now = new Date().toISOString();
    const record = stamp(
      { ...fields, id: newId(), zone_id: zone.id, created_on: now, modified_on: now },
      undefined,
    );
    store.change({ records: [...store.state().records, record] });
    return success(c, describeRecord(record));
  });

  app.get("/:record", (c) => success(c, describeRecord(recordIn(c, store))));

  app.put("/:record", async (c) => {
    const old = recordIn(c, store);
    const fields = normalizeRecord(await readBody(c, recordBody), zoneIn(c, store).name);
    return success(c, describeRecord(replace(store, old, fields)));
  });

  app.patch("/:record", async (c) => {
    const old = recordIn(c, store);
    const patch = await readBody(c, z.record(z.string(), z.unknown()));
    const {
      id: _id,
      zone_id: _zone,
      created_on: _c,
      modified_on: _m,
      comment_modified_on: _cm,
      tags_modified_on: _tm,
      ...kept
    } = old;
    const merged = recordBody.safeParse({ ...kept, ...patch });
    if (!merged.success)
      throw new ApiError(
        400,
        9207,
        `Request body is invalid: ${merged.error.issues[0]?.message ?? ""}`,
      );
    return success(
      c,
      describeRecord(replace(store, old, normalizeRecord(merged.data, zoneIn(c, store).name))),
    );
  });

  app.delete("/:record", (c) => {
    const { id } = recordIn(c, store);
    store.change({ records: store.state().records.filter((record) => record.id !== id) });
    return success(c, { id });
  });

  return app;
}

function replace(store: CloudflareStore, old: RecordState, fields: RecordFields): RecordState {
  assertNoClash(
    fields,
    recordsIn(store, old.zone_id).filter((other) => other.id !== old.id),
  );
  const { id, zone_id, created_on } = old;
  const record = stamp(
    { ...fields, id, zone_id, created_on, modified_on: new Date().toISOString() },
    old,
  );
  store.change({
    records: store.state().records.map((other) => (other.id === id ? record : other)),
  });
  return record;
}

/** Sets the times at which comment and tags last changed; an empty comment and empty tags have none. */
function stamp(record: RecordState, old: RecordState | undefined): RecordState {
  const comment = record.comment === old?.comment ? old.comment_modified_on : record.modified_on;
  const tags =
    old && old.tags.join() === record.tags.join() ? old.tags_modified_on : record.modified_on;
  return {
    ...record,
    ...(record.comment !== null && comment ? { comment_modified_on: comment } : {}),
    ...(record.tags.length > 0 && tags ? { tags_modified_on: tags } : {}),
  };
}

function filterOf(c: Context): (record: RecordState) => boolean {
  const { name, type, content, proxied } = c.req.query();
  const exactName = (name ?? c.req.query("name.exact"))?.toLowerCase();
  return (record) =>
    (exactName === undefined || record.name === exactName) &&
    (type === undefined || record.type === type) &&
    ((content ?? c.req.query("content.exact")) === undefined ||
      record.content === (content ?? c.req.query("content.exact"))) &&
    (proxied === undefined || String(record.proxied) === proxied);
}

function zoneIn(c: Context, store: CloudflareStore): ReturnType<typeof zoneById> {
  return zoneById(store.state(), c.req.param("zone") ?? "");
}

function recordsIn(store: CloudflareStore, zoneId: string): readonly RecordState[] {
  return store.state().records.filter((record) => record.zone_id === zoneId);
}

function recordIn(c: Context, store: CloudflareStore): RecordState {
  const zone = zoneIn(c, store);
  const record = recordsIn(store, zone.id).find(
    (candidate) => candidate.id === c.req.param("record"),
  );
  if (!record) throw new ApiError(404, 81_044, "Record does not exist.");
  return record;
}
