import type {
  CheckDesired,
  DeviationDesired,
  HostDesired,
  RegionDesired,
  RolloutDesired,
  ServiceStatusDesired,
} from "../model/desired.ts";
import type { HostPlan, RegionPlan } from "../model/plan.ts";
import type { Fleet } from "../model/spec.ts";
import type { ServiceTypes } from "../services/service-type.ts";
import { checkersOf } from "./checkers.ts";
import { renderControls } from "./controls.ts";
import type { HostRenderer } from "./host.ts";
import { disabledName, isSwitched } from "./process-compose.ts";

/** Renders the desired state of one region's stack. */
export function renderRegion(
  types: ServiceTypes,
  plan: RegionPlan,
  renderer: HostRenderer,
): RegionDesired {
  const { spec, region } = plan;
  const hosts = plan.hosts.map((host) => renderer.render(host));
  return {
    version: 1,
    kind: "region",
    stack: region.code,
    region: region.code,
    fleet: spec.fleet.name,
    app: { name: spec.fleet.app, organization: spec.fleet.organization },
    hosts,
    services: plan.counts.map(
      ({ service, replicas, min, max, effective }): ServiceStatusDesired => ({
        name: service.name,
        type: service.type,
        strategy: service.strategy,
        scalable: service.scalable,
        replicas,
        min,
        max,
        effective,
        controls: renderControls(types, service, { min, max }),
        ...(service.autoscale === undefined ? {} : { autoscale: service.autoscale }),
      }),
    ),
    deviations: renderDeviations(plan),
    rollout: renderRollout(spec.fleet),
    check: renderCheck(types, plan.hosts, hosts),
  };
}

function renderDeviations({ region, counts }: RegionPlan): DeviationDesired[] {
  return counts.flatMap(({ service, replicas, effective, deviation }) =>
    deviation === undefined
      ? []
      : [{ service: service.name, region: region.code, replicas, effective, ...deviation }],
  );
}

function renderRollout({ rollout }: Fleet): RolloutDesired {
  const { maxUnavailable, minHealthySeconds, healthTimeoutSeconds, onFailure } = rollout;
  return { maxUnavailable, minHealthySeconds, healthTimeoutSeconds, onFailure };
}

/** Takes one host per shape, as the others' files differ by a name only, and no counts: switching a slot must not run the check again. */
function renderCheck(
  types: ServiceTypes,
  plans: readonly HostPlan[],
  hosts: readonly HostDesired[],
): CheckDesired {
  const shapes = new Map<HostPlan["processes"], HostDesired>();
  for (const [index, { processes }] of plans.entries()) {
    const host = hosts[index];
    if (host !== undefined && !shapes.has(processes)) shapes.set(processes, host);
  }
  const slots = [...shapes.keys()].flatMap((processes) =>
    processes.flatMap((process) => (isSwitched(process) ? [disabledName(process)] : [])),
  );
  const files = [...shapes.values()].map(({ name, files: all }) => ({
    name,
    texts: all.flatMap((file) => ("text" in file ? [[file.path, file.text] as const] : [])),
  }));
  const paths = new Set(files.flatMap(({ texts }) => texts.map(([path]) => path)));
  return {
    hosts: Object.fromEntries(files.map(({ name, texts }) => [name, Object.fromEntries(texts)])),
    checkers: checkersOf(types, paths),
    secrets: [...new Set([...shapes.values()].flatMap(({ secrets }) => secrets))].sort(),
    env: Object.fromEntries([...new Set(slots)].sort().map((name) => [name, "false"])),
  };
}
