/** A desk whose loop runs, over the sample's hosts, and what tests ask about its stacks and runs. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runListSchema } from "../../controller/model/run.ts";
import type { Run } from "../../controller/model/run.ts";
import type { Status } from "../../controller/model/status.ts";
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import { eventually } from "../kit/eventually.ts";
import { openDesk } from "./desk.ts";
import type { Desk } from "./desk.ts";

/** States by stack, from the status that everybody sees. */
export async function states(desk: Desk): Promise<Record<string, string>> {
  const { stacks } = await desk.status();
  return Object.fromEntries(stacks.map(({ stack, state }) => [stack, state]));
}

export async function iad(desk: Desk): Promise<Status["stacks"][number]> {
  const stack = (await desk.status()).stacks.find((each) => each.stack === "iad");
  if (stack === undefined) throw new Error("no stack iad");
  return stack;
}

/** Newest first. */
export async function runs(desk: Desk): Promise<readonly Run[]> {
  return (await desk.call("GET", "/v1/runs")).as(runListSchema).runs;
}

/** Data of the events that report drift, oldest first. */
export async function driftFound(
  desk: Desk,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const events = await desk.store.events({ after: 0, limit: 1_000 });
  return events.filter(({ type }) => type === "drift.found").map(({ data }) => data);
}

export const allInSync = { global: "in_sync", fra: "in_sync", iad: "in_sync" };

export async function settled(desk: Desk): Promise<void> {
  await eventually(async () => states(desk)).toEqual(allInSync);
}

export function started(desk: Desk): string[] {
  return desk.runs.map(({ stack }) => stack);
}

/** A host as the sample has it. */
export function host(name: string, more: Partial<ObservedHost> = {}): ObservedHost {
  return {
    id: `id-${name}`,
    name,
    region: name.split("-")[0] ?? "",
    managed: true,
    state: "started",
    cordoned: false,
    version: "v1",
    checks: { passing: 1, total: 1 },
    active: { worker: name === "iad-0" ? 2 : 1 },
    ...more,
  };
}

export const fleet = [host("fra-0"), host("iad-0"), host("iad-1")];

export async function startedDesk(): Promise<Desk> {
  const desk = await openDesk();
  desk.hosts = fleet;
  await desk.loop.start();
  await settled(desk);
  return desk;
}

export async function edit(desk: Desk, from: string, to: string): Promise<void> {
  const file = join(desk.folder, "services/caddy.yaml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(from, to));
  await desk.loop.follow(false);
}
