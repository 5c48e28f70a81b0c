/** Paged lists of a whole organization's Machines and volumes. On Fly they lag behind; here they don't. */
import type { Context } from "hono";
import { invalidArgument } from "../wire/errors.ts";
import { machineView } from "../machines/view.ts";
import type { MachineRecord } from "../store/records.ts";
import { isVisible } from "../machines/find.ts";
import { param } from "../request/read.ts";
import type { FlyContext } from "../request/context.ts";
import type { Register } from "../request/register.ts";
import { volumeState } from "../volumes/state.ts";
import { volumeView } from "../volumes/view.ts";

const DEFAULT_PAGE = 100;
const LARGEST_PAGE = 500;

export function organizationRoutes(on: Register, context: FlyContext): void {
  const { store, clock } = context;

  function appsOf(c: Context): ReadonlySet<string> {
    const slug = param(c, "org");
    const own = store.apps.all().filter(({ organization }) => organization === slug);
    return new Set(own.map(({ name }) => name));
  }

  on("GET", "/v1/orgs/:org/machines", { action: "list organization machines", by: "org" }, (c) => {
    const apps = appsOf(c);
    const since = Date.parse(c.req.query("updated_after") || "1970-01-01T00:00:00Z");
    if (Number.isNaN(since)) throw invalidArgument("updated_after must be an RFC 3339 time");
    const states = c.req.query("state")?.split(",").filter(Boolean) ?? [];
    const deleted = c.req.query("include_deleted") === "true";
    const region = c.req.query("region") || undefined;
    const found = store.machines
      .all()
      .filter(
        (machine) =>
          apps.has(machine.app) &&
          isVisible(context, machine) &&
          Date.parse(machine.updated_at) > since &&
          (deleted || machine.state !== "destroyed") &&
          (states.length === 0 || states.includes(machine.state)) &&
          (region === undefined || machine.region === region),
      );
    const { page, next } = paged(c, found);
    const last = page.at(-1);
    return c.json({
      machines: page.map((machine) => organizationMachine(context, machine)),
      next_cursor: next,
      last_machine_id: last?.id ?? "",
      last_updated_at: last?.updated_at ?? "",
      error_regions: [],
    });
  });

  on("GET", "/v1/orgs/:org/volumes", { action: "list organization volumes", by: "org" }, (c) => {
    const apps = appsOf(c);
    const now = clock.now();
    const found = store.volumes
      .all()
      .filter((volume) => apps.has(volume.app) && volumeState(volume, now) !== undefined);
    const { page, next } = paged(c, found);
    return c.json({
      volumes: page.map((volume) => ({ ...volumeView(volume, now), app_name: volume.app })),
      next_cursor: next,
    });
  });
}

/** Pages in the order of ids, so that a cursor stays valid whatever is created or deleted between two pages. */
function paged<T extends { readonly id: string }>(
  c: Context,
  found: readonly T[],
): { page: readonly T[]; next: string } {
  const limit = Number(c.req.query("limit") || DEFAULT_PAGE);
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE) {
    throw invalidArgument(`limit must be inside range [1, ${LARGEST_PAGE}]`);
  }
  const cursor = c.req.query("cursor") ?? "";
  const rest = found.toSorted((a, b) => (a.id < b.id ? -1 : 1)).filter(({ id }) => id > cursor);
  const page = rest.slice(0, limit);
  return { page, next: rest.length > limit ? (page.at(-1)?.id ?? "") : "" };
}

function organizationMachine({ store }: FlyContext, machine: MachineRecord): object {
  const app = store.apps.get(machine.app);
  return { ...machineView(machine), app_name: machine.app, app_id: app?.id ?? "" };
}
