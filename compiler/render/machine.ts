import { GUEST_PORTS } from "../catalog/guest-ports.ts";
import type { MachineCheck, MachineConfig } from "../model/machine-config.ts";
import { environmentName } from "../model/names.ts";
import type { HostPlan, ProcessPlan, RegionPlan } from "../model/plan.ts";
import { stopTimeoutSeconds } from "../plan/shutdown.ts";
import { typeOf } from "../services/registry.ts";
import type { ServiceTypes } from "../services/service-type.ts";
import { compareText } from "../text/diagnostic.ts";
import { formatGoDuration } from "../text/duration.ts";
import { memoizeByIdentity } from "./memoize-by-identity.ts";

/** Returns a function that renders Fly's Machine config of a host. Source: https://fly.io/docs/machines/api/machines-resource/ */
export function machineRenderer(
  types: ServiceTypes,
  { spec, region }: RegionPlan,
): (host: HostPlan) => MachineConfig {
  const { fleet } = spec;
  const { cpuKind, cpus, memoryMb } = region.machine;
  const activeOf = memoizeByIdentity(activeEnvironment);
  const slotsOf = memoizeByIdentity(slotsText);
  const checksOf = memoizeByIdentity((processes: readonly ProcessPlan[]) =>
    renderChecks(types, processes),
  );
  return (host) => {
    const metrics = host.processes
      .map(({ service }) => typeOf(types, service).metricsEndpoint)
      .find((endpoint) => endpoint !== undefined);
    return {
      image: fleet.image,
      // Sorted by name, as `ACTIVE_` comes before `FLOTILLA_` and `PC_`.
      env: {
        ...activeOf(host.active),
        FLOTILLA_APP: fleet.app,
        FLOTILLA_HOST: host.name,
        FLOTILLA_REGION: host.region,
        FLOTILLA_ROOT: "/flotilla",
        FLOTILLA_SLOTS: slotsOf(host.slots),
        PC_ADDRESS: "127.0.0.1",
        PC_PORT_NUM: String(GUEST_PORTS.processCompose),
      },
      guest: { cpu_kind: cpuKind, cpus, memory_mb: memoryMb },
      metadata: { managed_by: "flotilla", stack: host.region, host: host.name },
      services: host.processes.flatMap(({ service }) =>
        typeOf(types, service).flyServices(service, {
          fleet,
          region: region.code,
          idles: host.idles,
        }),
      ),
      checks: checksOf(host.processes),
      restart: { policy: "always" },
      stop_config: { signal: "SIGTERM", timeout: formatGoDuration(stopTimeoutSeconds(host)) },
      ...(metrics === undefined ? {} : { metrics }),
    };
  };
}

/** Defaults at boot: how many slots are on. */
function activeEnvironment(active: HostPlan["active"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(active)
      .map(([name, count]) => [`ACTIVE_${environmentName(name)}`, String(count)] as const)
      .sort(([a], [b]) => compareText(a, b)),
  );
}

function slotsText(slots: HostPlan["slots"]): string {
  return Object.entries(slots)
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, count]) => `${name}=${count}`)
    .join(" ");
}

/** In the order of the service types, whatever the services are called. */
function renderChecks(
  types: ServiceTypes,
  processes: readonly ProcessPlan[],
): Record<string, MachineCheck> {
  const here = new Set(processes.map(({ service }) => service.type));
  return Object.fromEntries(
    Object.values(types)
      .filter(({ name }) => here.has(name))
      .flatMap(({ machineChecks }) => Object.entries(machineChecks)),
  );
}
