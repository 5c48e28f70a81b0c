/** A random fleet, its resources with their inputs, and the changes that a person may make to it. */
import type { Registration } from "./engine.ts";
import type { Dice } from "./dice.ts";

export interface Host {
  readonly name: string;
  readonly region: string;
  readonly state: "started" | "stopped";
  readonly image: string;
  /** Text of its one configuration file. */
  readonly text: string;
  /** Slots of the service `worker` that are on. */
  readonly active: number;
  readonly volumeGb?: number;
  /** Names of the app's secrets it reads. */
  readonly secrets: readonly string[];
}

export interface Fleet {
  readonly secrets: Readonly<Record<string, string>>;
  readonly hosts: readonly Host[];
  readonly maxUnavailable: number;
}

const regions = ["iad", "fra"];
const secretNames = ["ORIGIN_KEY", "API_KEY", "SEED"];
const mostHosts = 4;

export function randomFleet(dice: Dice): Fleet {
  const secrets = Object.fromEntries(
    secretNames
      .filter(() => dice.chance(0.7))
      .map((name) => [name, base64(`${name} ${dice.below(100)}`)]),
  );
  const regionCount = dice.chance(0.2) ? 2 : 1;
  const fleet: Fleet = { secrets, hosts: [], maxUnavailable: dice.chance(0.7) ? 1 : 2 };
  const hosts = regions
    .slice(0, regionCount)
    .flatMap((region) =>
      Array.from({ length: 1 + dice.below(regionCount === 1 ? mostHosts : 2) }, (_, index) =>
        randomHost(dice, fleet, region, index),
      ),
    );
  return { ...fleet, hosts };
}

function randomHost(dice: Dice, fleet: Fleet, region: string, index: number): Host {
  const isData = dice.chance(0.4);
  return {
    name: `${region}-${index}`,
    region,
    state: dice.chance(0.8) ? "started" : "stopped",
    image: "registry.fly.io/acme:1",
    text: "one",
    active: dice.below(5),
    ...(isData ? { volumeGb: 1 + dice.below(3) } : {}),
    secrets: Object.keys(fleet.secrets).filter(() => dice.chance(0.5)),
  };
}

type Change = (dice: Dice, fleet: Fleet) => Fleet;

const changes: readonly Change[] = [
  (dice, fleet) => ({
    ...fleet,
    hosts: fleet.hosts.map((host) => ({ ...host, image: `registry.fly.io/acme:${dice.below(9)}` })),
  }),
  (dice, fleet) => ({
    ...fleet,
    hosts: fleet.hosts.map((host) => ({ ...host, text: `text ${dice.below(9)}` })),
  }),
  (dice, fleet) => onOne(dice, fleet, (host) => ({ ...host, text: `text ${dice.below(9)}` })),
  (dice, fleet) => onOne(dice, fleet, (host) => ({ ...host, active: dice.below(5) })),
  (dice, fleet) =>
    onOne(dice, fleet, (host) => ({
      ...host,
      state: host.state === "started" ? "stopped" : "started",
    })),
  (dice, fleet) =>
    onOne(dice, fleet, (host) => ({ ...host, volumeGb: (host.volumeGb ?? 0) + 1 + dice.below(2) })),
  addHost,
  addHost,
  removeHost,
  removeHost,
  setSecret,
  removeSecret,
];

/** Makes one to three changes, at least one of which has an effect. */
export function changeFleet(dice: Dice, fleet: Fleet): Fleet {
  let changed = fleet;
  for (let left = 1 + dice.below(3); left > 0; left -= 1)
    changed = dice.pick(changes)(dice, changed);
  return changed;
}

/** Keeps the sizes of existing volumes, since volumes only grow. */
export function withoutShrinking(before: Fleet, after: Fleet): Fleet {
  return {
    ...after,
    hosts: after.hosts.map((host) => {
      const old = before.hosts.find(({ name }) => name === host.name)?.volumeGb;
      if (old === undefined || host.volumeGb === undefined) return host;
      return { ...host, volumeGb: Math.max(old, host.volumeGb) };
    }),
  };
}

/** Gives all hosts, or one additional host, an image whose checks never pass or that doesn't start. */
export function breakImage(dice: Dice, fleet: Fleet): Fleet {
  const image = `registry.fly.io/acme:${dice.pick(["broken", "unstartable"])}`;
  const isNewAlone = dice.chance(0.5);
  const attempt = isNewAlone ? addHost(dice, fleet) : fleet;
  const isBad = (host: Host): boolean => !isNewAlone || !fleet.hosts.includes(host);
  const hosts = attempt.hosts.map((host) => (isBad(host) ? { ...host, image } : host));
  return { ...attempt, hosts };
}

/** Gives the same hosts an image that works. */
export function mendImage(fleet: Fleet): Fleet {
  const image = "registry.fly.io/acme:7";
  return { ...fleet, hosts: fleet.hosts.map((host) => ({ ...host, image })) };
}

function onOne(dice: Dice, fleet: Fleet, change: (host: Host) => Host): Fleet {
  const chosen = dice.below(fleet.hosts.length);
  return {
    ...fleet,
    hosts: fleet.hosts.map((host, index) => (index === chosen ? change(host) : host)),
  };
}

function addHost(dice: Dice, fleet: Fleet): Fleet {
  const region = dice.pick(fleet.hosts.map((host) => host.region));
  const count = fleet.hosts.filter((host) => host.region === region).length;
  if (count >= mostHosts + 1) return fleet;
  return { ...fleet, hosts: [...fleet.hosts, randomHost(dice, fleet, region, count)] };
}

/** Removes the last host of a region, as a smaller count does. */
function removeHost(dice: Dice, fleet: Fleet): Fleet {
  const region = dice.pick(fleet.hosts.map((host) => host.region));
  const last = fleet.hosts.findLast((host) => host.region === region);
  if (fleet.hosts.length === 1) return fleet;
  return { ...fleet, hosts: fleet.hosts.filter((host) => host !== last) };
}

function setSecret(dice: Dice, fleet: Fleet): Fleet {
  const name = dice.pick(secretNames);
  return { ...fleet, secrets: { ...fleet.secrets, [name]: base64(`${name} ${dice.below(100)}`) } };
}

function removeSecret(dice: Dice, fleet: Fleet): Fleet {
  const gone = dice.pick(secretNames);
  const { [gone]: _gone, ...secrets } = fleet.secrets;
  return {
    ...fleet,
    secrets,
    hosts: fleet.hosts.map((host) => ({
      ...host,
      secrets: host.secrets.filter((name) => name !== gone),
    })),
  };
}

export const app = "acme";

/** The program of stack `global`. */
export function globalProgram(fleet: Fleet): readonly Registration[] {
  const text = { __provider: "text" };
  return [
    {
      urn: "app",
      type: "app",
      dependsOn: [],
      inputs: () => ({ ...text, name: app, organization: "personal" }),
    },
    {
      urn: "address",
      type: "ipAddress",
      dependsOn: ["app"],
      inputs: (outputs) => ({ ...text, app, appId: outputs("app")["appId"], type: "v6" }),
    },
    {
      urn: "secrets",
      type: "appSecrets",
      dependsOn: ["app"],
      inputs: (outputs) => ({
        ...text,
        app,
        appId: outputs("app")["appId"],
        values: fleet.secrets,
      }),
    },
  ];
}

/** The outputs of `global` that a regional stack reads. */
export interface GlobalOutputs {
  readonly appId: unknown;
  readonly secretsVersion: unknown;
  readonly digests: Readonly<Record<string, string>>;
}

export function regionProgram(
  fleet: Fleet,
  region: string,
  global: GlobalOutputs,
): readonly Registration[] {
  return fleet.hosts
    .filter((host) => host.region === region)
    .flatMap((host) => hostProgram(fleet, host, global));
}

function hostProgram(
  fleet: Fleet,
  host: Host,
  { appId, secretsVersion, digests }: GlobalOutputs,
): readonly Registration[] {
  const identity = { __provider: "text", app, appId, region: host.region };
  const { volumeGb } = host;
  const data = `${host.name}-data`;
  const volume: Registration[] =
    volumeGb === undefined
      ? []
      : [
          {
            urn: data,
            type: "volume",
            dependsOn: [],
            retainOnDelete: true,
            inputs: () => ({ ...identity, name: volumeName(host), sizeGb: volumeGb }),
          },
        ];
  return [
    ...volume,
    {
      urn: host.name,
      type: "machine",
      dependsOn: volume.map(({ urn }) => urn),
      inputs: (outputs) => ({
        ...identity,
        name: host.name,
        state: host.state,
        config: configOf(host),
        files: [
          { path: "/flotilla/etc/caddy.json", text: host.text },
          ...host.secrets.map((secret) => ({
            path: `/flotilla/etc/${secret.toLowerCase()}`,
            secret,
            mode: 0o600,
          })),
        ],
        slots: { worker: 4 },
        active: { worker: host.active },
        ...(volumeGb === undefined ? {} : { volumeId: outputs(data)["volumeId"] }),
        secretDigests: Object.fromEntries(
          host.secrets.map((secret) => [secret, digests[secret] ?? "unset"]),
        ),
        secretsVersion,
        healthTimeoutSeconds: 30,
        maxUnavailable: fleet.maxUnavailable,
      }),
    },
  ];
}

export function volumeName(host: Host): string {
  return `${host.name.replace("-", "_")}_data`;
}

export function environmentOf(host: Host): Readonly<Record<string, string>> {
  return {
    ACTIVE_WORKER: String(host.active),
    FLOTILLA_HOST: host.name,
    FLOTILLA_SLOTS: "worker=4",
  };
}

function configOf(host: Host): object {
  const check = { type: "http", port: 8080, path: "/healthz", interval: "5s", timeout: "2s" };
  return {
    image: host.image,
    env: environmentOf(host),
    guest: { cpu_kind: "shared", cpus: 1, memory_mb: 512 },
    metadata: { managed_by: "flotilla", stack: host.region, host: host.name },
    services: [
      {
        protocol: "tcp",
        internal_port: 8444,
        autostart: false,
        autostop: "off",
        min_machines_running: 0,
        ports: [{ port: 443, handlers: ["proxy_proto"] }],
        checks: [{ ...check, grace_period: "30s" }],
      },
    ],
    checks: { nats: { ...check, grace_period: "1m0s" } },
    restart: { policy: "always" },
    stop_config: { signal: "SIGTERM", timeout: "60s" },
  };
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
