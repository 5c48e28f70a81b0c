import { compareText } from "../text/diagnostic.ts";
import { oncePer } from "../plan/memoize-by-identity.ts";
import { processOfType } from "../model/plan.ts";
import type { HostPlan, ProcessPlan, RegionPlan } from "../model/plan.ts";
import { renderCaddy } from "../services/caddy/config.ts";
import type { HostDesired } from "../model/desired.ts";
import type { MachineFile } from "../model/machine-config.ts";
import { renderMachine } from "./machine.ts";
import { natsBody, natsHead } from "../services/nats/config.ts";
import { PATHS } from "../catalog/guest-paths.ts";
import { PROJECT_SETTINGS, processText, projectBody, projectHead } from "./process-compose.ts";
import { hostSecrets } from "../catalog/secrets.ts";

export function renderHost(plan: RegionPlan, host: HostPlan): HostDesired {
  return {
    name: host.name,
    region: host.region,
    state: host.state,
    ...(host.volume === undefined ? {} : { volume: host.volume }),
    slots: host.slots,
    active: host.active,
    files: renderFiles(plan, host),
    config: renderMachine(plan, host),
    secrets: hostSecrets(plan.spec.fleet.tls, host.processes),
  };
}

/** Caddy's file is the same on every host of a region. */
const caddyText = oncePer((plan: RegionPlan): string => {
  const caddy = plan.spec.services.find((service) => service.type === "caddy");
  return caddy === undefined ? "" : renderCaddy(plan, caddy);
});

/** A file's text as a part that is the host's own and one that hosts share. */
interface TextParts {
  readonly path: string;
  readonly head: string;
  readonly body: string;
}

function textsOf(plan: RegionPlan, host: HostPlan): TextParts[] {
  const nats = processOfType(host, "nats");
  return [
    ...(processOfType(host, "caddy") === undefined
      ? []
      : [{ path: PATHS.caddy, head: "", body: caddyText(plan) }]),
    ...(nats === undefined
      ? []
      : [{ path: PATHS.nats, head: natsHead(host.name), body: natsBody(nats) }]),
    {
      path: PATHS.processCompose,
      head: projectHead(plan.spec.fleet.name, host),
      body: projectBody(host.processes),
    },
  ];
}

const TLS_FILES: readonly MachineFile[] = [
  { path: PATHS.certificate, secret: "ORIGIN_CERT", mode: 0o600 },
  { path: PATHS.privateKey, secret: "ORIGIN_KEY", mode: 0o600 },
];

function renderFiles(plan: RegionPlan, host: HostPlan): MachineFile[] {
  const texts = textsOf(plan, host);
  const isServed = texts.some(({ path }) => path === PATHS.caddy);
  const secret = isServed && plan.spec.fleet.tls.mode === "origin-cert" ? TLS_FILES : [];
  return [
    ...texts.map(({ path, head, body }): MachineFile => ({ path, text: head + body })),
    ...secret,
  ].sort((a, b) => compareText(a.path, b.path));
}

/** UTF-8 bytes of a host's text files; what hosts share is counted once for all of them. */
export function fileBytes(plan: RegionPlan, host: HostPlan): number {
  const nats = processOfType(host, "nats");
  const caddy = processOfType(host, "caddy") === undefined ? 0 : caddyBytes(plan);
  const own = nats === undefined ? 0 : utf8Bytes(natsHead(host.name) + natsBody(nats));
  return caddy + own + projectHead(plan.spec.fleet.name, host).length + bodyBytes(host.processes);
}

const caddyBytes = oncePer((plan: RegionPlan) => utf8Bytes(caddyText(plan)));

/** Process by process, as shapes share most of them. */
const bodyBytes = oncePer((processes: HostPlan["processes"]) =>
  processes.reduce((sum, process) => sum + processBytes(process), PROJECT_SETTINGS.length),
);

const processBytes = oncePer((process: ProcessPlan) => utf8Bytes(processText(process)));

function utf8Bytes(text: string): number {
  // oxlint-disable-next-line no-control-regex -- ASCII from its first to its last
  if (/^[\u0000-\u007F]*$/.test(text)) return text.length;
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // Each half of a surrogate pair stands for two of its four bytes.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}
