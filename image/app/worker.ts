/**
 * The sample app's worker: takes jobs from its region's JetStream work queue and writes a result for each into its
 * region's PocketBase. Its environment is described in `settings.ts`. On SIGTERM it finishes its current job and exits
 * with code 0.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { startHealth } from "./health.ts";
import { messageOf } from "./message-of.ts";
import { connectNats, watchConnection } from "./nats.ts";
import { ensureQueue } from "./queue.ts";
import { createResultStore } from "./results.ts";
import { readSettings } from "./settings.ts";
import type { Settings } from "./settings.ts";
import { consumeJobs } from "./work.ts";

/** The worker exits after this time even if NATS doesn't answer. Less than Process Compose's stop timeout of a process. */
const stopTimeoutMs = 25_000;

function log(text: string): void {
  console.log(text);
}

async function main(settings: Settings): Promise<void> {
  const stop = new AbortController();
  let isConnected = false;
  let isUp: () => boolean = () => false;

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      log(`${signal} received: finishing the current job`);
      stop.abort();
      setTimeout(() => process.exit(1), stopTimeoutMs).unref();
      // Before the first connection there is no job to finish.
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
    reconnect: true,
  });
  isConnected = true;
  isUp = watchConnection(nc, (up, server) =>
    log(`${up ? "reconnected to" : "disconnected from"} NATS at ${server}`),
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
      log(`consuming queue ${queue.name} of region ${queue.region}`);
      await consumeJobs(consumer, { where, results, stop: stop.signal, log, pause });
    } catch (error) {
      // JetStream can't be reached, or the stream was deleted: the next round creates it again.
      log(`queue unavailable, retry in 2 s: ${messageOf(error)}`);
      await pause(2_000);
    }
  }
  // Sends what is still buffered, such as the last acknowledgement, if a server is connected.
  await Promise.race([nc.drain().catch(() => undefined), sleep(isUp() ? 5_000 : 0)]);
  health?.closeAllConnections();
  process.exit(0);
}

try {
  await main(readSettings(process.env));
} catch (error) {
  console.error(messageOf(error));
  process.exit(1);
}
