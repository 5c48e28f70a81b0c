/** The controller's status as plain text. */
import type { Status } from "../../../controller/index.ts";
import { formatTable } from "./table.ts";

/** Returns one line per service and region: the spec's count, the effective count, the running one, and why they differ. */
export function formatServices({ services }: Pick<Status, "services">): string {
  const rows = services.flatMap((service) =>
    service.regions.map((place) => [
      service.name,
      place.region,
      String(place.replicas),
      `${place.min}–${place.max}`,
      String(place.effective),
      place.current === undefined ? "?" : String(place.current),
      [
        ...place.deviations.map(describeDeviation),
        ...place.pending,
        ...(place.controls.burst.offered ? [] : [`no burst: ${place.controls.burst.why}`]),
      ].join("; "),
    ]),
  );
  return formatTable([
    ["service", "region", "spec", "bounds", "effective", "running", "why"],
    ...rows,
  ]);
}

/** Returns `4 instead of 2: ann: launch (until 2026-01-01T10:00:00Z, then 3 by another burst)`. */
function describeDeviation({ text, until, then }: ShownDeviation): string {
  if (until === undefined) return text;
  const next = then === undefined ? "" : `, then ${then.count} ${CAUSE_WORDS[then.cause]}`;
  return `${text} (until ${until}${next})`;
}

type ShownDeviation = Status["services"][number]["regions"][number]["deviations"][number];

const CAUSE_WORDS: Readonly<Record<NonNullable<ShownDeviation["then"]>["cause"], string>> = {
  spec: "as the spec says",
  burst: "by another burst",
  metric: "by a metric",
  bounds: "at a bound",
};

export function formatStatus(status: Status): string {
  const stacks = status.stacks.map((stack) => [
    stack.stack,
    stack.state,
    stack.applied?.slice(0, 12) ?? "?",
    stack.next_attempt_at === undefined
      ? oneLine(stack.why)
      : `${oneLine(stack.why)} (next attempt at ${stack.next_attempt_at})`,
  ]);
  const hosts = status.stacks.flatMap((stack) =>
    stack.hosts.map((host) => [
      host.name,
      host.cordoned ? `${host.state} (cordoned)` : host.state,
      `${host.checks.passing}/${host.checks.total}`,
      Object.entries(host.slots)
        .map(([name, { running, desired }]) =>
          running === desired ? `${name} ${running}` : `${name} ${running} of ${desired}`,
        )
        .join(", "),
      stack.deviations
        .filter((each) => each.host === host.name)
        .map(({ text }) => text)
        .join("; "),
    ]),
  );
  const open = [
    ...status.bursts.map(({ id, service, region, to, until, author, reason }) => [
      `burst ${id}`,
      `${service} in ${region} to ${to}`,
      `until ${until}`,
      `${author}: ${reason}`,
    ]),
    ...status.pauses.map(({ id, what, region, service, until, author, reason }) => [
      `pause ${id}`,
      [what, service, region].filter(Boolean).join(" "),
      `until ${until}`,
      `${author}: ${reason}`,
    ]),
  ];
  return [
    `${status.fleet} on ${status.target}, specs at ${status.revision.slice(0, 12)}`,
    ...status.trouble.map((text) => `trouble: ${text}`),
    "",
    formatTable([["stack", "state", "commit", "why"], ...stacks]),
    "",
    formatServices(status),
    ...(hosts.length === 0
      ? []
      : ["", formatTable([["host", "state", "checks", "slots", "deviation"], ...hosts])]),
    ...(open.length === 0 ? [] : ["", formatTable(open)]),
  ].join("\n");
}

/** Joins the lines of an engine error, because a cell of a table has one line. */
function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " · ");
}
