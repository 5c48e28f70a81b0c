import { PASSED_VARIABLES } from "../../catalog/reserved-names.ts";
import { environmentName, hostSlots, slotName } from "../../model/names.ts";
import type { DependencyPlan } from "../../model/plan.ts";
import { countsIn } from "../../model/spec.ts";
import { dependenciesOn } from "../registry.ts";
import { SIGTERM } from "../server.ts";
import type {
  HostContext,
  Program,
  ProgramProbe,
  RouteRequest,
  RouteTarget,
} from "../service-type.ts";
import type { ProcessService, ProcessSlot, SlotDetails } from "./service.ts";

/** Plans every slot of a host; slots that are the same on several hosts of the region are the same objects. */
export function planSlots(service: ProcessService, host: HostContext): readonly ProcessSlot[] {
  const dependsOn =
    service.dependsOn.length === 0
      ? []
      : dependenciesOn(host, ({ name }) => service.dependsOn.includes(name));
  const key = [
    service.name,
    ...Object.entries(host.provided).flat(),
    ...dependsOn.map(({ name }) => name),
  ].join(" ");
  return host.shared(key, () => {
    const environment = service.regions[host.region]?.environment ?? service.environment;
    return Array.from({ length: service.maxPerHost }, (_, slot): ProcessSlot => ({
      kind: "slot",
      name: slotName(service.name, slot),
      service,
      slot,
      dependsOn,
      details: {
        ports: Object.fromEntries(
          Object.entries(service.ports).map(([port, first]) => [port, first + slot]),
        ),
        environment,
        provided: host.provided,
      },
    }));
  });
}

/** Others wait until a job ended well or a program with a probe is ready; without a probe only its start is known. */
export function slotDependency(service: ProcessService): DependencyPlan {
  return { name: slotName(service.name, 0), condition: conditionOf(service) };
}

function conditionOf({ restart, probe }: ProcessService): DependencyPlan["condition"] {
  if (restart.policy === "no") return "process_completed_successfully";
  return probe === undefined ? "process_started" : "process_healthy";
}

export function slotProgram(name: string, service: ProcessService, details: SlotDetails): Program {
  const { ports, environment, provided } = details;
  const numbers = Object.entries(ports);
  const only = numbers.length === 1 ? numbers[0]?.[1] : undefined;
  const given: Record<string, string> = {
    ...environment,
    BIND_ADDRESS: "[::]",
    FLOTILLA_SLOT: name,
    ...provided,
    ...(only === undefined ? {} : { PORT: String(only) }),
    ...Object.fromEntries(
      numbers.map(([port, number]) => [`PORT_${environmentName(port)}`, String(number)]),
    ),
  };
  return {
    command: service.command,
    workingDir: service.workingDir,
    environment: Object.fromEntries(Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1))),
    own: [...Object.keys(environment), ...Object.keys(provided).filter(isNotPassed)],
    probe: probeOf(service, ports),
    stopSignal: SIGTERM,
  };
}

function isNotPassed(name: string): boolean {
  return !PASSED_VARIABLES.includes(name);
}

function probeOf(
  { probe }: ProcessService,
  ports: Readonly<Record<string, number>>,
): ProgramProbe | undefined {
  if (probe?.exec !== undefined) return { kind: "exec", command: probe.exec.command, times: probe };
  const port = probe?.http === undefined ? undefined : ports[probe.http.port];
  if (probe?.http === undefined || port === undefined) return undefined;
  return { kind: "http", port, path: probe.http.path, times: probe };
}

/** Routes lead to every slot of the region; those that are off refuse the connection, and the next one is tried. */
export function slotRoute(
  service: ProcessService,
  { plan: { spec, region }, port: name }: RouteRequest,
): RouteTarget | undefined {
  const first = service.ports[name ?? Object.keys(service.ports)[0] ?? ""];
  if (first === undefined || countsIn(service, region.code).max === 0) return undefined;
  const ports = Array.from({ length: service.maxPerHost }, (_, slot) => first + slot);
  const hosts = hostSlots(spec.fleet.app, region.code, region.maxHosts);
  return {
    dial: hosts.flatMap((host) => ports.map((port) => `${host}:${port}`)),
    policy: "least_conn",
  };
}
