/** Renders the status: desired and observed state of a fleet, and why they differ. Pure. */
import { instantOf } from "../model/shapes.ts";
import type { RegionDesired } from "../../compiler/compile.ts";
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import type { Burst } from "../model/burst.ts";
import type { Pause } from "../model/pause.ts";
import type { Applied, Run } from "../model/run.ts";
import type { SpecView } from "../model/spec.ts";
import type { Deviation, ServiceStatus, StackStatus, Status } from "../model/status.ts";
import { currentCount, hostIndex } from "./replica-count.ts";
import type { StackDecision } from "./decide-stacks.ts";

/** One stack as the loop sees it. */
export interface StackView {
  readonly decision: StackDecision;
  readonly applied: Applied | undefined;
  /** Desired state with the current signals; undefined for `global` and where the specs don't compile. */
  readonly desired: RegionDesired | undefined;
  readonly hosts: readonly ObservedHost[];
  readonly observedAt: string | undefined;
  readonly drift: readonly Deviation[];
}

export interface StatusFacts {
  readonly asOf: string;
  readonly fleet: string;
  readonly target: string;
  readonly source: SpecView["source"];
  readonly revision: string;
  readonly trouble: readonly string[];
  readonly stacks: readonly StackView[];
  readonly bursts: readonly Burst[];
  readonly pauses: readonly Pause[];
  readonly runs: readonly Run[];
}

export function renderStatus(facts: StatusFacts): Status {
  const regions = facts.stacks.filter(hasDesired);
  const names = new Set(regions.flatMap(({ desired }) => desired.services.map(({ name }) => name)));
  return {
    as_of: facts.asOf,
    fleet: facts.fleet,
    target: facts.target,
    source: facts.source,
    revision: facts.revision,
    trouble: [...facts.trouble],
    services: [...names].map((name) => renderService(name, regions)),
    stacks: facts.stacks.map(renderStack),
    bursts: [...facts.bursts],
    pauses: [...facts.pauses],
    runs: [...facts.runs],
  };
}

type RegionView = StackView & { readonly desired: RegionDesired };
type ServiceDesired = RegionDesired["services"][number];

function hasDesired(view: StackView): view is RegionView {
  return view.desired !== undefined;
}

function renderService(name: string, views: readonly RegionView[]): ServiceStatus {
  const places = views.flatMap((view) => {
    const service = view.desired.services.find((each) => each.name === name);
    return service === undefined ? [] : [{ view, service }];
  });
  const [first] = places;
  if (first === undefined) throw new Error(`no region has service ${name}`);
  const { type, strategy, scalable } = first.service;
  return {
    name,
    type,
    strategy,
    scalable,
    desired: describeDesired(
      places.map(({ view, service }) => ({ region: view.desired.region, service })),
    ),
    regions: places.map(({ view, service }) => renderServiceRegion(view, service)),
  };
}

/** `2 in iad, 1 in fra; bursts up to 4 in iad, autoscale up to 4 in iad`. */
export function describeDesired(
  places: readonly { readonly region: string; readonly service: ServiceDesired }[],
): string {
  const counts = places
    .filter(({ service }) => service.replicas > 0 || service.max > 0)
    .map(({ region, service }) => `${service.replicas} in ${region}`);
  const room = (control: "burst" | "autoscale"): string[] =>
    places
      .filter(({ service }) => service.controls[control].offered)
      .map(
        ({ region, service }) =>
          `${control === "burst" ? "bursts" : "autoscale"} up to ${service.max} in ${region}`,
      );
  const rooms = [...room("burst"), ...room("autoscale")].join(", ");
  return [counts.join(", ") || "nowhere", ...(rooms === "" ? [] : [rooms])].join("; ");
}

function renderServiceRegion(
  view: RegionView,
  service: ServiceDesired,
): ServiceStatus["regions"][number] {
  const { region } = view.desired;
  const current =
    view.observedAt === undefined ? undefined : currentCount(service, view.hosts, view.applied);
  const { state, why } = view.decision;
  const isDue = current !== undefined && current !== service.effective;
  return {
    region,
    replicas: service.replicas,
    min: service.min,
    max: service.max,
    effective: service.effective,
    ...(current === undefined ? {} : { current }),
    pending: isDue
      ? [`${current} → ${service.effective}: ${state === "running" ? "a run is in progress" : why}`]
      : [],
    deviations: [
      ...view.desired.deviations
        .filter((each) => each.service === service.name)
        .map(renderDeviation),
      ...view.drift.filter((each) => each.service === service.name),
    ],
    controls: service.controls,
  };
}

type DeviationDesired = RegionDesired["deviations"][number];

/** Every fact of the deviation as a field, and one sentence for people. */
function renderDeviation(deviation: DeviationDesired): Deviation {
  const { service, region, cause, author, reason, limited, until, then } = deviation;
  return {
    key: `${service}/${region}/count`,
    cause,
    service,
    text: describeDeviation(deviation),
    author: author ?? "the controller",
    reason,
    ...(limited === undefined ? {} : { limited }),
    until,
    then,
  };
}

/** `8 instead of 3: ann: launch (asked for 20, max 8)`. */
function describeDeviation({
  effective,
  replicas,
  author,
  reason,
  limited,
}: DeviationDesired): string {
  const said = author === undefined ? reason : `${author}: ${reason}`;
  const limit =
    limited === undefined
      ? ""
      : ` (asked for ${limited.asked}, ${limited.bound.name} ${limited.bound.value})`;
  return `${effective} instead of ${replicas}: ${said}${limit}`;
}

function renderStack(view: StackView): StackStatus {
  const { decision, desired, hosts, applied, observedAt, drift } = view;
  const { stack, state, why, target, cause, failure } = decision;
  const wanted = desired?.hosts ?? [];
  const names = new Set([...wanted.map(({ name }) => name), ...hosts.map(({ name }) => name)]);
  return {
    stack,
    state,
    why,
    target,
    ...(applied?.certain === true ? { applied: applied.commit } : {}),
    ...(cause === undefined ? {} : { cause }),
    failures: failure?.count ?? 0,
    ...(failure !== undefined && state === "backing_off"
      ? { next_attempt_at: instantOf(failure.nextAttemptAt) }
      : {}),
    hosts:
      observedAt === undefined
        ? []
        : [...names].toSorted(byHost).map((name) =>
            renderHost(
              name,
              wanted.find((host) => host.name === name),
              hosts.find((host) => host.name === name),
            ),
          ),
    ...(observedAt === undefined ? {} : { observed_at: observedAt }),
    deviations: [...drift],
  };
}

function byHost(a: string, b: string): number {
  return hostIndex(a) - hostIndex(b) || (a < b ? -1 : 1);
}

function renderHost(
  name: string,
  desired: RegionDesired["hosts"][number] | undefined,
  live: ObservedHost | undefined,
): StackStatus["hosts"][number] {
  const services = new Set([
    ...Object.keys(desired?.active ?? {}),
    ...Object.keys(live?.active ?? {}),
  ]);
  return {
    name,
    ...(desired === undefined ? {} : { desired: desired.state }),
    state: live?.state ?? "missing",
    cordoned: live?.cordoned ?? false,
    checks: live?.checks ?? { passing: 0, total: 0 },
    slots: Object.fromEntries(
      [...services].map((service) => [
        service,
        { desired: desired?.active[service] ?? 0, running: live?.active?.[service] ?? 0 },
      ]),
    ),
  };
}
