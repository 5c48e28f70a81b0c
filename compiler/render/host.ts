import { compareText } from "../parse/diagnostic.ts";
import { processOfType } from "../plan/plan.ts";
import type { HostPlan, RegionPlan } from "../plan/plan.ts";
import { renderCaddy } from "./caddy.ts";
import type { FileDesired, HostDesired } from "./desired.ts";
import { renderMachine } from "./machine.ts";
import { renderNats } from "./nats.ts";
import { PATHS } from "./paths.ts";
import { renderProcessCompose } from "./process-compose.ts";
import { hostSecrets } from "./secrets.ts";

export function renderHost(plan: RegionPlan, host: HostPlan): HostDesired {
  return {
    name: host.name,
    region: host.region,
    state: host.state,
    ...(host.volume === undefined ? {} : { volume: host.volume }),
    active: host.active,
    files: renderFiles(plan, host),
    config: renderMachine(plan, host),
    secrets: hostSecrets(host),
  };
}

function renderFiles(plan: RegionPlan, host: HostPlan): FileDesired[] {
  const caddy = processOfType(host, "caddy");
  const nats = processOfType(host, "nats");
  const files: FileDesired[] = [
    { path: PATHS.processCompose, text: renderProcessCompose(plan.spec.fleet.name, host) },
  ];
  if (nats !== undefined)
    files.push({ path: PATHS.nats, text: renderNats(plan.spec, host.name, nats) });
  if (caddy !== undefined)
    files.push(
      { path: PATHS.caddy, text: renderCaddy(plan, caddy.service) },
      { path: PATHS.certificate, secret: "ORIGIN_CERT", mode: 0o600 },
      { path: PATHS.privateKey, secret: "ORIGIN_KEY", mode: 0o600 },
    );
  return files.sort((a, b) => compareText(a.path, b.path));
}
