import { describe, it } from "vitest";

import { formatJob, parseJob } from "../../image/app/job.ts";
import { readSettings } from "../../image/app/settings.ts";
import { retryDelay } from "../../image/app/work.ts";

describe("parseJob", () => {
  it("reads what formatJob writes", ({ expect }) => {
    const job = { id: "a-1", text: 'quotes " and\nlines, ünïcode' };
    expect(parseJob("jobs.iad.a-1", formatJob(job))).toEqual(job);
  });

  it.for([
    ["", "the body is not JSON"],
    ["{", "the body is not JSON"],
    ["null", 'the body is not {"text": "…"}'],
    ["[]", 'the body is not {"text": "…"}'],
    ['{"text": 1}', 'the body is not {"text": "…"}'],
    [JSON.stringify({ text: "x".repeat(5001) }), "the text is longer than 5000 characters"],
  ] as const)("refuses %s", ([body, reason], { expect }) => {
    expect(parseJob("jobs.iad.x", body)).toBe(reason);
  });
});

describe("retryDelay", () => {
  it("doubles from one second to thirty and stays there", ({ expect }) => {
    expect([1, 2, 3, 4, 5, 6, 7, 1_000_000].map(retryDelay)).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ]);
  });
});

describe("readSettings", () => {
  const needed = {
    FLOTILLA_REGION: "iad",
    NATS_URL: "nats://127.0.0.1:4222",
    NATS_APP_SEED: "SU…",
    POCKETBASE_URL: "http://127.0.0.1:8090",
    POCKETBASE_WORKER_PASSWORD: "p",
  };

  it("has defaults for what isn't needed", ({ expect }) => {
    expect(readSettings(needed)).toMatchObject({
      queue: "jobs",
      health: undefined,
      streamReplicas: 1,
    });
  });

  it("prefers PORT_HTTP to PORT", ({ expect }) => {
    const settings = readSettings({ ...needed, PORT: "1", PORT_HTTP: "9101", BIND_ADDRESS: "::" });
    expect(settings.health).toEqual({ host: "::", port: 9101 });
  });

  it.for([
    [{ PORT: "0" }, "PORT is not a whole number from 1 to 65535"],
    [{ PORT_HTTP: "80a" }, "PORT_HTTP is not a whole number from 1 to 65535"],
    [{ STREAM_REPLICAS: "6" }, "STREAM_REPLICAS is not a whole number from 1 to 5"],
    [{ QUEUE: "my.jobs" }, "QUEUE may hold"],
    [{ NATS_URL: "" }, "NATS_URL is not set"],
  ] as const)("refuses %s", ([env, message], { expect }) => {
    expect(() => readSettings({ ...needed, ...env })).toThrow(message);
  });
});
