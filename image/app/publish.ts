/**
 * Publishes a job to a region's queue, as the NATS user `operator`: it needs no secret of a worker.
 *
 *     node publish.ts REGION TEXT [--id ID] [--queue jobs] [--json]
 *
 * NATS_URL: `nats://…` or `wss://…/nats`. NATS_SEED_FILE: a file with the operator's nkey seed (`SU…`), or
 * NATS_OPERATOR_SEED: the seed itself. Exit codes: 0 stored in the region's stream, 2 wrong arguments or environment,
 * 3 not stored.
 */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { jetstream } from "@nats-io/jetstream";
import type { PubAck } from "@nats-io/jetstream";

import { formatJob, maxTextLength } from "./job.ts";
import { messageOf } from "./message-of.ts";
import { connectNats } from "./nats.ts";
import { jobSubject } from "./queue.ts";

const usage = "usage: node publish.ts REGION TEXT [--id ID] [--queue jobs] [--json]";

class UsageError extends Error {}

interface PublishRequest {
  readonly url: string;
  readonly seed: string;
  readonly queue: string;
  readonly region: string;
  readonly job: { readonly id: string; readonly text: string };
  readonly json: boolean;
}

async function readRequest(): Promise<PublishRequest> {
  const { values, positionals } = parseArguments();
  const [region = "", text = ""] = positionals;
  const id = values.id ?? randomUUID();
  if (positionals.length !== 2 || text === "") throw new UsageError(usage);
  for (const [name, value] of [
    ["REGION", region],
    ["--id", id],
    ["--queue", values.queue],
  ] as const) {
    if (!/^[A-Za-z0-9_-]{1,63}$/.test(value))
      throw new UsageError(`${name} may hold letters, digits, - and _ only, 63 at most`);
  }
  if (text.length > maxTextLength)
    throw new UsageError(`TEXT is longer than ${maxTextLength} characters`);
  const url = process.env["NATS_URL"];
  if (!url)
    throw new UsageError(
      "NATS_URL is not set: where is the region's NATS, for example nats://127.0.0.1:4222?",
    );
  return {
    url,
    seed: await readSeed(),
    queue: values.queue,
    region,
    job: { id, text },
    json: values.json,
  };
}

function parseArguments(): {
  values: { id?: string | undefined; queue: string; json: boolean };
  positionals: string[];
} {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        id: { type: "string" },
        queue: { type: "string", default: "jobs" },
        json: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${messageOf(error)}\n${usage}`);
  }
}

async function readSeed(): Promise<string> {
  const file = process.env["NATS_SEED_FILE"];
  const seed = file
    ? await readFile(file, "utf8").catch((error: unknown) => {
        throw new UsageError(`NATS_SEED_FILE can't be read: ${messageOf(error)}`);
      })
    : (process.env["NATS_OPERATOR_SEED"] ?? "");
  if (!/^SU[A-Z2-7]{56}$/.test(seed.trim())) {
    throw new UsageError(
      `${file ? `${file} holds` : "NATS_OPERATOR_SEED is"} no seed of a NATS user (SU…): set NATS_SEED_FILE or NATS_OPERATOR_SEED`,
    );
  }
  return seed.trim();
}

async function publish(request: PublishRequest): Promise<PubAck> {
  const nc = await connectNats({
    url: request.url,
    seed: request.seed,
    name: "publish",
    reconnect: false,
  });
  try {
    return await jetstream(nc).publish(
      jobSubject(request.queue, request.region, request.job.id),
      formatJob(request.job),
      // Within its duplicate window, the stream stores one message per id.
      { msgID: request.job.id, timeout: 10_000 },
    );
  } catch (error) {
    throw new Error(
      `the job was not stored: ${messageOf(error)}. The first worker of a region creates ` +
        `its queue: does one run in ${request.region}, and does ${request.url} lead to that region's NATS?`,
      { cause: error },
    );
  } finally {
    await nc.close();
  }
}

try {
  const request = await readRequest();
  const ack = await publish(request);
  const subject = jobSubject(request.queue, request.region, request.job.id);
  const { stream, seq, domain, duplicate } = ack;
  if (request.json)
    console.log(JSON.stringify({ job: request.job.id, subject, stream, seq, domain, duplicate }));
  else
    console.log(
      `job ${request.job.id} ${duplicate ? "was stored before" : "stored"} as ${subject} (stream ${stream}${domain ? ` of ${domain}` : ""}, message ${seq})`,
    );
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = error instanceof UsageError ? 2 : 3;
}
