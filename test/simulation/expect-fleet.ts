/** What must be true after a clean run, read from the API's own records without any code of the provider. */
import { bearer } from "../../fixtures/bearer.ts";
import { heldLease } from "../../local/fly/machines/leases.ts";
import type { FlyApi } from "../../local/fly/server.ts";
import { app, environmentOf, volumeName } from "./fleet.ts";
import type { Fleet, Host } from "./fleet.ts";

type MachineRecord = ReturnType<FlyApi["store"]["machines"]["all"]>[number];

/** Returns every deviation of what runs from the fleet, as sentences. */
export function deviations(api: FlyApi, fleet: Fleet): readonly string[] {
  const machines = api.store.machines
    .all()
    .filter((machine) => machine.app === app && machine.state !== "destroyed");
  const found: string[] = [];
  for (const host of fleet.hosts) {
    const named = machines.filter(({ name }) => name === host.name);
    if (named.length !== 1) found.push(`${host.name}: ${named.length} Machines of that name`);
    for (const machine of named) found.push(...machineDeviations(api, host, machine));
  }
  for (const { name, id } of machines) {
    if (!fleet.hosts.some((host) => host.name === name))
      found.push(`Machine ${name} (${id}) is in no spec`);
  }
  const secrets = api.store.secrets.all().filter((secret) => secret.app === app);
  for (const [name, value] of Object.entries(fleet.secrets)) {
    const set = secrets.find((secret) => secret.name === name);
    if (set === undefined || api.store.secretBox.open(set.sealed) !== value)
      found.push(`secret ${name} is ${set === undefined ? "not set" : "another"}`);
  }
  for (const { name } of secrets)
    if (fleet.secrets[name] === undefined) found.push(`secret ${name} is in no spec`);
  return found;
}

function machineDeviations(api: FlyApi, host: Host, machine: MachineRecord): readonly string[] {
  const found: string[] = [];
  const say = (what: string): void => void found.push(`${host.name}: ${what}`);
  const { config } = machine;
  if (config.image !== host.image) say(`runs image ${config.image ?? "none"}, not ${host.image}`);
  const { ACTIVE_WORKER: _boot, ...environment } = config.env ?? {};
  const { ACTIVE_WORKER: _wanted, ...wanted } = environmentOf(host);
  if (JSON.stringify(sorted(environment)) !== JSON.stringify(sorted(wanted)))
    say(`has the environment ${JSON.stringify(environment)}`);
  const text = Buffer.from(config.files?.[0]?.raw_value ?? "", "base64").toString("utf8");
  if (text !== host.text) say(`has the file ${JSON.stringify(text)}`);
  const files = (config.files ?? []).map(({ secret_name }) => secret_name).filter(Boolean);
  if (files.join() !== host.secrets.join()) say(`has the secrets ${files.join()}`);
  const { managed_by, stack, host: label } = config.metadata ?? {};
  if (managed_by !== "flotilla" || stack !== host.region || label !== host.name)
    say(`has the metadata ${JSON.stringify(config.metadata)}`);
  if (host.state === "started") {
    if (machine.state !== "started") say(`is ${machine.state}`);
    if (machine.cordoned) say("is cordoned");
    const failing = machine.checks.filter(({ status }) => status !== "passing");
    if (machine.checks.length !== 2 || failing.length > 0)
      say(`has the checks ${JSON.stringify(machine.checks)}`);
  } else {
    if (!["created", "stopped", "failed"].includes(machine.state)) say(`is ${machine.state}`);
    if (!machine.cordoned) say("isn't cordoned");
  }
  const mounted = config.mounts?.[0]?.volume;
  const volume = api.store.volumes.all().find(({ id }) => id === mounted);
  if (host.volumeGb === undefined) {
    if (mounted !== undefined) say(`mounts ${mounted}`);
  } else if (volume?.name !== volumeName(host) || volume.attached_machine_id !== machine.id) {
    say(`mounts ${mounted ?? "nothing"}, which is ${volume?.name ?? "no volume"}`);
  } else if (volume.size_gb < host.volumeGb) say(`has ${volume.size_gb} GB`);
  return found;
}

/** Returns `Machine nonce` of every lease that is held at that time. */
export function leasesHeld(api: FlyApi, then: number): readonly string[] {
  return api.store.machines.all().flatMap((machine) => {
    const lease = machine.state === "destroyed" ? undefined : heldLease(machine, then);
    return lease === undefined ? [] : [`${machine.name} ${lease.nonce}`];
  });
}

/** Compares the slots that are on in running guests, by the file of the last switch or by the boot environment. */
export async function slotDeviations(api: FlyApi, fleet: Fleet): Promise<readonly string[]> {
  const found: string[] = [];
  for (const machine of api.store.machines.all()) {
    const host = fleet.hosts.find(({ name }) => name === machine.name);
    if (machine.state !== "started" || host === undefined) continue;
    const answer = await api.app.request(`/v1/apps/${app}/machines/${machine.id}/exec`, {
      method: "POST",
      headers: bearer(api.token),
      body: JSON.stringify({ command: ["cat", "/flotilla/data/active.env"] }),
    });
    const { exit_code, stdout } = (await answer.json()) as { exit_code: number; stdout: string };
    const booted = `ACTIVE_WORKER=${machine.config.env?.["ACTIVE_WORKER"] ?? "none"}`;
    const on = exit_code === 0 ? stdout.trim() : booted;
    if (on !== `ACTIVE_WORKER=${host.active}`)
      found.push(`${host.name}: ${on}, not ${host.active}`);
  }
  return found;
}

/** Checks that no volume was deleted and that a host has one. */
export function volumeDeviations(api: FlyApi): readonly string[] {
  const found: string[] = [];
  const names = new Set<string>();
  for (const { name, state, id } of api.store.volumes.all()) {
    if (state !== "created") found.push(`volume ${name} (${id}) is ${state}`);
    if (names.has(name)) found.push(`there are two volumes ${name}`);
    names.add(name);
  }
  return found;
}

function sorted(map: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
