/** Which visitors get another database, and which region answers them. */
import type { FleetDesired } from "./fleet.ts";

/** One sentence each; empty when everyone is answered from the same data as before. */
export function planTrafficShift(before: FleetDesired | undefined, after: FleetDesired): string[] {
  if (before === undefined) return [];
  return [...regionSentences(before, after), ...databaseSentences(before, after)];
}

function databaseSentences(before: FleetDesired, after: FleetDesired): string[] {
  const [a, b] = [before.database, after.database];
  if (a === undefined)
    return b === undefined ? [] : [`${b.label} comes to the fleet: its databases start empty`];
  if (b === undefined)
    return [
      `${a.label} leaves the fleet: no visitor reaches a database; the volumes of ${list(a.regions)} are kept`,
    ];
  if (a.writer === undefined && b.writer !== undefined)
    return [
      `every region's visitors get the one database of ${b.writer}` +
        andNot(
          a.regions.filter((region) => region !== b.writer),
          "stay on volumes that nothing serves",
        ),
    ];
  if (a.writer !== undefined && b.writer === undefined)
    return [
      `each region's visitors get a database of their own: ${a.writer} keeps what the fleet had` +
        andNot(
          b.regions.filter((region) => region !== a.writer),
          "start with what their volumes hold, at first nothing",
          "the databases",
        ),
    ];
  if (a.writer !== b.writer)
    return [
      `all visitors get the database of ${b.writer} instead of that of ${a.writer}: nothing is copied, so restore a backup there first`,
    ];
  return b.writer === undefined ? regionalSentences(a.regions, b.regions) : [];
}

function regionalSentences(before: readonly string[], after: readonly string[]): string[] {
  return [
    ...after
      .filter((region) => !before.includes(region))
      .map((region) => `visitors of ${region} get a database of their own, which starts empty`),
    ...before
      .filter((region) => !after.includes(region))
      .map((region) => `visitors of ${region} lose their database: its volume is kept, unserved`),
  ];
}

/** The network sends a visitor of a shared hostname to the nearest region that there is. */
function regionSentences(before: FleetDesired, after: FleetDesired): string[] {
  const [a, b] = [codes(before), codes(after)];
  const shared = after.global.dns.records.filter(
    (record) => record.type === "AAAA" && record.region === undefined,
  );
  if (shared.length === 0) return [];
  const names = list(shared.map(({ name }) => name));
  return [
    ...b
      .filter((code) => !a.includes(code))
      .map((code) => `${names}: visitors nearest to ${code} are answered there from now on`),
    ...a
      .filter((code) => !b.includes(code))
      .map((code) => `${names}: visitors nearest to ${code} are answered by the next region`),
  ];
}

function codes(fleet: FleetDesired): string[] {
  return fleet.regions.map(({ desired }) => desired.region);
}

function andNot(regions: readonly string[], what: string, whose = "those"): string {
  return regions.length === 0 ? "" : `; ${whose} of ${list(regions)} ${what}`;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
