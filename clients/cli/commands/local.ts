/** `flotilla local down|status|env|publish|kill`: what one does with a running local cloud. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import ky from "ky";
import { purgeCloud, stopCloud, type CloudStatus } from "../../../local/index.ts";
import { RemoteError, UserError } from "../command-line/failure.ts";
import { controllerEnv, stopLocalController } from "../../../local-up/controller-process.ts";
import { cloudStatus, runningCloud } from "../../../local-up/cloud-api.ts";
import { forgetLocalWorld, localEnv, localWorld } from "../../../local-up/state-folder.ts";
import { projectDir } from "../specs/spec-folder.ts";
import { formatTable } from "../output/table.ts";

export async function runLocalDown(purge: boolean, state?: string): Promise<void> {
  const world = localWorld(state);
  // First who would bring back what is taken down.
  await stopLocalController(world);
  await stopCloud(world.cloudDir);
  if (purge) {
    await purgeCloud(world.cloudDir);
    await forgetLocalWorld(world);
  }
  console.log(purge ? "stopped, and its state is gone" : "stopped; its state is kept");
}

export async function runLocalStatus(json: boolean, state?: string): Promise<void> {
  const status = await cloudStatus(await runningCloud(localWorld(state)));
  if (json) {
    console.log(JSON.stringify(withoutTokens(status), null, 2));
    return;
  }
  const { info, machines } = status;
  const rows = machines.map((machine) => [
    machine.name,
    machine.region,
    machine.cordoned ? `${machine.state} (cordoned)` : machine.state,
    `${machine.checks.filter(({ status: check }) => check === "passing").length}/${machine.checks.length}`,
    machine.address ?? "",
    machine.id,
  ]);
  console.log(formatTable([["host", "region", "state", "checks", "address", "machine"], ...rows]));
  console.log();
  console.log(
    formatTable([
      ["Fly API", info.fly],
      ["Cloudflare API", info.cloudflare],
      ...info.edges.map(({ region, url }) => [`edge near ${region}`, url]),
      ["CA root", info.caFile],
    ]),
  );
}

/** Shell exports, so that plain `pulumi` and `flyctl` work against the local cloud. */
export async function runLocalEnv(state?: string, specs?: string): Promise<void> {
  const world = localWorld(state);
  const env = {
    ...(await localEnv(world, await runningCloud(world), specs)),
    ...(await controllerEnv(world)),
  };
  for (const [name, value] of Object.entries(env)) {
    console.log(`export ${name}='${value.replaceAll("'", `'\\''`)}'`);
  }
}

/** Publishes a job with the operator's own key, through the region's first host that runs. */
export async function runLocalPublish(region: string, text: string, state?: string): Promise<void> {
  const world = localWorld(state);
  const { machines } = await cloudStatus(await runningCloud(world));
  const host = machines.find((machine) => machine.region === region && machine.state === "started");
  if (!host?.address)
    throw new UserError(`no host runs in region ${region}: see \`npx flotilla local status\``);
  const publish = join(projectDir, "image", "app", "publish.ts");
  const where = { NATS_URL: `nats://${host.address}:4222`, NATS_SEED_FILE: world.operatorSeedFile };
  const child = spawn(process.execPath, [publish, region, text], {
    env: { ...process.env, ...where },
    stdio: "inherit",
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new RemoteError(`the job was not accepted in region ${region}`);
}

/** Destroys a Machine behind Pulumi's back: what the next `pulumi up` repairs. */
export async function runLocalKill(name: string, state?: string): Promise<void> {
  const info = await runningCloud(localWorld(state));
  const { machines } = await cloudStatus(info);
  const machine = machines.find((candidate) => candidate.name === name);
  if (!machine) {
    const known = machines.map((candidate) => candidate.name).join(", ") || "none";
    throw new UserError(`no host is called ${name}; there are: ${known}`);
  }
  const url = `${info.fly}/v1/apps/${machine.app}/machines/${machine.id}`;
  const headers = { authorization: `Bearer ${info.tokens.fly}` };
  await ky.delete(`${url}?force=true`, { headers });
  // The answer comes before the end: the Machine is listed as `destroying` until it is gone.
  await ky.get(`${url}/wait?state=destroyed&timeout=60`, { headers, timeout: 70_000 });
  console.log(
    `Machine ${name} (${machine.id}) is destroyed; \`pulumi up -s ${machine.region}\` puts it back`,
  );
}

function withoutTokens(status: CloudStatus): object {
  const { tokens: _, ...info } = status.info;
  return { ...status, info };
}
