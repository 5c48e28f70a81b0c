/**
 * The sample app's worker: takes jobs from its region's JetStream work queue and writes a result for each into its
 * region's PocketBase. Settings: `settings.ts`. SIGTERM ends it after the job in hand, with exit code 0.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { startHealth } from "./health.ts";
import { connectNats, watchConnection } from "./nats.ts";
import { ensureQueue } from "./queue.ts";
import { createResultStore } from "./results.ts";
import { readSettings } from "./settings.ts";
import type { Settings } from "./settings.ts";
import { workOn } from "./work.ts";

/** Within this the worker ends even if NATS doesn't answer; below Process Compose's stop timeout of a process. */
const stopBudgetMs = 25_000;

function log(text: string): void {
  console.log(text);
}

async function main(settings: Settings): Promise<void> {
  const stop = new AbortController();
  let isConnected = false;
  let isUp: () => boolean = () => false;

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      log(`${signal}: finishing the job in hand`);
      stop.abort();
      setTimeout(() => process.exit(1), stopBudgetMs).unref();
      // Still waiting for the first connection: there is nothing to finish.
      if (!isConnected) process.exit(0);
    });
  }
  async function pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: stop.signal }).catch(() => undefined);
  }

  const health =
    settings.health && (await startHealth({ ...settings.health, isHealthy: () => isUp() }));
  const nc = await connectNats({
    ...settings.nats,
    name: `${settings.host}/${settings.slot}`,
    patient: true,
  });
  isConnected = true;
  isUp = watchConnection(nc, (up, server) =>
    log(`${up ? "connected again to" : "lost"} NATS at ${server}`),
  );
  log(`connected to NATS at ${nc.getServer()}`);
  void nc.closed().then((error) => {
    if (stop.signal.aborted) return;
    console.error(`NATS closed the connection: ${error?.message ?? "no reason given"}`);
    process.exit(1);
  });

  const results = createResultStore(settings.pocketbase);
  const where = { region: settings.region, host: settings.host, slot: settings.slot };
  const queue = {
    name: settings.queue,
    region: settings.region,
    streamReplicas: settings.streamReplicas,
  };
  while (!stop.signal.aborted) {
    try {
      const consumer = await ensureQueue(nc, queue);
      log(`working on ${queue.name} of ${queue.region}`);
      await workOn(consumer, { where, results, stop: stop.signal, log, pause });
    } catch (error) {
      // JetStream isn't reachable yet or any more, or somebody deleted the stream: it is made again.
      log(`the queue is not available: ${error instanceof Error ? error.message : String(error)}`);
      await pause(2_000);
    }
  }
  // Sends what is still buffered, such as the last acknowledgement. Without a server there is nobody to send it to.
  await Promise.race([nc.drain().catch(() => undefined), sleep(isUp() ? 5_000 : 0)]);
  health?.closeAllConnections();
  process.exit(0);
}

try {
  await main(readSettings(process.env));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
