import { GUEST_PATHS } from "../catalog/guest-paths.ts";
import type { HostDesired } from "../model/desired.ts";
import type { MachineFile } from "../model/machine-config.ts";
import type { HostPlan, ProcessPlan, RegionPlan } from "../model/plan.ts";
import type { Service } from "../model/spec.ts";
import { typeOf } from "../services/registry.ts";
import type { HostFile, RegionFile, ServiceTypes } from "../services/service-type.ts";
import { compareText } from "../text/diagnostic.ts";
import { machineRenderer } from "./machine.ts";
import { memoizeByIdentity } from "./memoize-by-identity.ts";
import { PROJECT_SETTINGS, projectBody, projectHead, renderProcess } from "./process-compose.ts";
import { hostSecrets } from "./secrets.ts";
import { utf8Bytes } from "./utf8.ts";

/** Renders the hosts of one region. What hosts have in common is made once, for as long as the renderer lives. */
export interface HostRenderer {
  readonly render: (host: HostPlan) => HostDesired;
  /** UTF-8 bytes of a host's text files, without rendering them for each host. */
  readonly textBytes: (host: HostPlan) => number;
}

export function hostRenderer(types: ServiceTypes, plan: RegionPlan): HostRenderer {
  const { fleet } = plan.spec;
  const config = machineRenderer(types, plan);
  const secretsOf = memoizeByIdentity((processes: readonly ProcessPlan[]) =>
    hostSecrets(types, fleet, processes),
  );
  const processText = memoizeByIdentity((process: ProcessPlan) => renderProcess(types, process));
  const bodyOf = memoizeByIdentity((processes: readonly ProcessPlan[]) =>
    projectBody(processes.map(processText)),
  );
  const regionFiles = memoizeByIdentity((service: Service): readonly RegionFile[] =>
    typeOf(types, service).regionFiles(service, plan, types),
  );
  const hostFiles = memoizeByIdentity((process: ProcessPlan): readonly HostFile[] =>
    typeOf(types, process.service).hostFiles(process),
  );

  function filesOf({ name, processes }: HostPlan): MachineFile[] {
    const servers = processes.filter(isFirst);
    return [
      ...servers.flatMap((process) => [
        ...regionFiles(process.service),
        ...hostFiles(process).map(({ path, head, body }) => ({ path, text: head(name) + body })),
        ...typeOf(types, process.service).secretFiles(fleet),
      ]),
      {
        path: GUEST_PATHS.processCompose,
        text: projectHead(fleet.name, name) + bodyOf(processes),
      },
    ].sort((a, b) => compareText(a.path, b.path));
  }

  const regionBytes = memoizeByIdentity((service: Service) =>
    sum(regionFiles(service), ({ text }) => utf8Bytes(text)),
  );
  const processBytes = memoizeByIdentity((process: ProcessPlan) => utf8Bytes(processText(process)));
  const sharedBytes = memoizeByIdentity(
    (processes: readonly ProcessPlan[]) =>
      PROJECT_SETTINGS.length +
      sum(processes, processBytes) +
      sum(processes.filter(isFirst), ({ service }) => regionBytes(service)),
  );

  return {
    render: (host) => ({
      name: host.name,
      region: host.region,
      state: host.state,
      ...(host.volume === undefined ? {} : { volume: host.volume }),
      slots: host.slots,
      active: host.active,
      files: filesOf(host),
      config: config(host),
      secrets: secretsOf(host.processes),
    }),
    textBytes: ({ name, processes }) =>
      projectHead(fleet.name, name).length +
      sharedBytes(processes) +
      sum(processes.filter(isFirst), (process) =>
        sum(hostFiles(process), ({ head, body }) => utf8Bytes(head(name) + body)),
      ),
  };
}

/** Files belong to a service: of its slots on a host the first stands for all. */
function isFirst(process: ProcessPlan): boolean {
  return process.kind === "server" || process.slot === 0;
}

function sum<T>(items: readonly T[], numberOf: (item: T) => number): number {
  return items.reduce((total, item) => total + numberOf(item), 0);
}
