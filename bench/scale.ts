/**
 * Measures the provider's part of a burst: the start of a warm host until Caddy answers, and switching on a slot. It
 * calls the provider without the engine, against process Machines with Fly's rate limits. Floors: the start until its
 * checks pass, and the switch, by the bare API.
 *
 *     node bench/scale.ts [runs = 100]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { REGION_REMOVED } from "../fixtures/change-cases.ts";
import { sampleSpecs } from "../fixtures/sample-specs.ts";
import { createFly } from "../providers/fly/api/client.ts";
import { convergeMachine } from "../providers/fly/machine.ts";
import type { Properties } from "../providers/dynamic/resource-methods.ts";
import { until } from "../fixtures/until.ts";
import { Sandbox } from "../fixtures/sandbox.ts";
import { describeMachine, formatTimes, percentile, summary, timed } from "./measure.ts";

/** Fly refills a rate limit's bucket of three in this time, so that no measured run waits for an earlier one. */
const REFILL_MS = 3_000;

const runs = Number(process.argv[2] ?? 100);
const sandbox = await Sandbox.create();
try {
  await sandbox.skipCheck();
  await sandbox.writeSpecs(REGION_REMOVED.edit(sampleSpecs()));
  await sandbox.editSpec("fleet.yaml", "warm_hosts: 0", "warm_hosts: 1");
  await sandbox.up("process");
  const fly = createFly({ env: { ...process.env, ...sandbox.env } });
  const deployed = await deployedMachines();

  /** Measures the change to `to` and its bare counterpart in turn, and undoes each. */
  async function compare(host: string, to: Properties, bare: (id: string) => Promise<unknown>) {
    const deployedHost = deployed.get(host);
    if (deployedHost === undefined) throw new Error(`no host ${host}`);
    let olds: Properties = deployedHost;
    const converge = async (inputs: Properties): Promise<void> => {
      olds = (await convergeMachine(fly, inputs, olds)).outs;
    };
    const subject: number[] = [];
    const floor: number[] = [];
    for (let run = 0; run < runs; run++) {
      floor.push(await timed(() => bare(String(deployedHost["machineId"]))));
      await converge(to);
      await converge(deployedHost);
      await sleep(REFILL_MS);
      subject.push(await timed(() => converge(to)));
      await converge(deployedHost);
      await sleep(REFILL_MS);
    }
    return { subject, floor };
  }

  const start = await compare("iad-2", { ...deployed.get("iad-2"), state: "started" }, bareStart);
  const workers = withWorkers(deployed.get("iad-1") ?? {}, 2);
  const slot = await compare("iad-1", workers, async (id) =>
    call("POST", id, "/exec", { command: ["/flotilla/bin/switch", "worker=2/4"], timeout: 60 }),
  );
  console.log(describeMachine());
  report("warm host started", start);
  report("slot switched on", slot);
} finally {
  await sandbox.close();
}

function report(what: string, { subject, floor }: { subject: number[]; floor: number[] }): void {
  for (const [name, times] of [
    [what, subject],
    ["  bare API", floor],
  ] as const)
    console.log(
      `${name.padEnd(18)} p99 ${percentile(times, 0.99).toFixed(2)} s, ${formatTimes(summary(times))}`,
    );
  const ratio = percentile(subject, 0.99) / percentile(floor, 0.99);
  console.log(`${"".padEnd(18)} ratio of p99 ${ratio.toFixed(2)}`);
}

/** Returns the outputs of the deployed Machines by host; they contain the inputs. */
async function deployedMachines(): Promise<ReadonlyMap<string, Properties>> {
  const { stdout } = await sandbox.pulumi(["stack", "export", "-s", "iad"]);
  const { deployment } = JSON.parse(stdout) as {
    deployment: { resources: { type: string; outputs?: Properties }[] };
  };
  return new Map(
    deployment.resources
      .filter(({ type }) => type.endsWith("fly:Machine"))
      .map(({ outputs = {} }) => [String(outputs["name"]), outputs]),
  );
}

function withWorkers(outputs: Properties, count: number): Properties {
  const config = outputs["config"] as { readonly env: Record<string, string> };
  return {
    ...outputs,
    config: { ...config, env: { ...config.env, ACTIVE_WORKER: String(count) } },
    active: { worker: count },
  };
}

async function bareStart(id: string): Promise<void> {
  await call("POST", id, "/start");
  await until(
    "the Machine to be healthy",
    async () => {
      const { state, checks } = await call<{ state: string; checks: { status: string }[] }>(
        "GET",
        id,
      );
      return state === "started" && checks.every(({ status }) => status === "passing");
    },
    60_000,
  );
}

function call<T>(method: string, id: string, path = "", body?: object): Promise<T> {
  return sandbox.control<T>(method, `/v1/apps/acme/machines/${id}${path}`, body);
}
