import { expect, test } from "vitest";
import {
  bucketsSince,
  parseCaddyMetrics,
  percentileOf,
} from "../../controller/sources/caddy-metrics.ts";
import type { Reading } from "../../controller/autoscale/measurements.ts";
import { createHostInspector } from "../../controller/sources/host-inspector.ts";
import { systemClock } from "../../lib/clock.ts";
import type { ObservedHost } from "../../providers/fly/observe-hosts.ts";
import { privateHosts } from "../../controller/sources/private-network.ts";
import { read as readQueueDepth } from "../../controller/sources/queue-depth.ts";

/** As Caddy 2.11 writes it: a request counts in each route it takes, by the route's first handler, and on other servers too. */
function caddyText(
  counts: readonly [number, number, number],
  inFlight: number,
  loaded = "1.7722656e+09",
): string {
  const [fast, slow, all] = counts;
  return `# HELP caddy_config_last_reload_success_timestamp_seconds Timestamp of the last successful configuration reload.
# TYPE caddy_config_last_reload_success_timestamp_seconds gauge
caddy_config_last_reload_success_timestamp_seconds ${loaded}
# HELP caddy_http_requests_in_flight Number of requests currently handled by this server.
# TYPE caddy_http_requests_in_flight gauge
caddy_http_requests_in_flight{handler="map",server="edge"} 1
caddy_http_requests_in_flight{handler="static_response",server="edge"} 40
caddy_http_requests_in_flight{handler="subroute",server="edge"} ${inFlight - 1}
caddy_http_requests_in_flight{handler="subroute",server="internal"} 99
caddy_http_requests_in_flight{handler="vars",server="edge"} ${inFlight}
caddy_http_response_duration_seconds_bucket{code="200",handler="subroute",method="GET",server="edge",le="0.1"} ${fast}
caddy_http_response_duration_seconds_bucket{code="200",handler="subroute",method="GET",server="edge",le="0.5"} ${slow}
caddy_http_response_duration_seconds_bucket{code="200",handler="subroute",method="GET",server="edge",le="+Inf"} ${all}
caddy_http_response_duration_seconds_bucket{code="404",handler="subroute",method="GET",server="edge",le="0.1"} 0
caddy_http_response_duration_seconds_bucket{code="404",handler="subroute",method="GET",server="edge",le="0.5"} 0
caddy_http_response_duration_seconds_bucket{code="404",handler="subroute",method="GET",server="edge",le="+Inf"} 0
caddy_http_response_duration_seconds_bucket{code="200",handler="vars",method="GET",server="edge",le="+Inf"} ${all}
caddy_http_response_duration_seconds_bucket{code="200",handler="static_response",method="GET",server="edge",le="+Inf"} 5000
caddy_http_response_duration_seconds_bucket{code="200",handler="static_response",method="GET",server="checks",le="+Inf"} 5000
`;
}

test("Caddy's requests in flight are those for a site or another region's name, once", () => {
  expect(parseCaddyMetrics(caddyText([1, 1, 1], 7)).inFlight).toBe(7);
});

test("a percentile is of what came since the look before, by straight lines in a bucket", () => {
  const before = parseCaddyMetrics(caddyText([100, 100, 100], 1));
  const after = parseCaddyMetrics(caddyText([150, 200, 200], 1));
  const since = bucketsSince(after, before);
  expect([...since.values()]).toEqual([50, 100, 100]);
  expect(percentileOf([since], 50)).toBe(100);
  expect(percentileOf([since], 75)).toBeCloseTo(300);
  expect(percentileOf([since, since], 75)).toBeCloseTo(300);
  expect(percentileOf([bucketsSince(before, before)], 95)).toBe(0);
});

test("after a restart of Caddy all of its counts are new, and beyond the last bound is at that bound", () => {
  const before = parseCaddyMetrics(caddyText([100, 100, 100], 1));
  for (const all of [10, 1_000]) {
    const after = parseCaddyMetrics(caddyText([0, 0, all], 1, "1.7722657e+09"));
    expect(bucketsSince(after, before)).toEqual(after.buckets);
    expect(percentileOf([bucketsSince(after, before)], 95)).toBe(500);
  }
});

const metric = { type: "queue_depth", stream: "JOBS", consumer: "workers", target: 100 } as const;

function jsz(leader: string | undefined, pending: number): string {
  const cluster = leader === undefined ? {} : { cluster: { name: "iad", leader } };
  const consumer = { name: "workers", num_pending: pending, num_ack_pending: 5, ...cluster };
  const stream = { name: "JOBS", consumer_detail: [consumer] };
  return JSON.stringify({ account_details: [{ name: "APP", stream_detail: [stream] }] });
}

const hosts = ["iad-0", "iad-1", "iad-2"].map((name): ObservedHost => ({
  id: name,
  name,
  region: "iad",
  managed: true,
  state: "started",
  cordoned: false,
  version: "",
  checks: { passing: 0, total: 0 },
  privateIp: name,
}));

async function depthOf(
  asked: readonly ObservedHost[],
  readText: (url: string) => Promise<string>,
): Promise<Reading> {
  const request = { app: "acme", service: "worker", metric, intervalSeconds: 15, carriers: [] };
  const inspector = createHostInspector(async () => [], systemClock);
  const ports = { readText, inspector, earlierCounts: new Map() };
  return readQueueDepth({ ...request, hosts: asked, now: 12_000 }, ports);
}

test("queue depth is what waits and what is in work, as the consumer's leader counts it", async () => {
  const answers: Readonly<Record<string, string>> = {
    "iad-0": jsz("iad-1", 7),
    "iad-1": jsz("iad-1", 300),
  };
  const read = async (url: string): Promise<string> => {
    const answer = answers[new URL(url).hostname];
    if (answer === undefined) throw new Error("refused");
    return answer;
  };
  expect(await depthOf(hosts, read)).toEqual({
    atSeconds: 12,
    value: 305,
    missing: 0,
  });
  expect(await depthOf(hosts.slice(2), read)).toEqual({
    error: "no host knows consumer workers of stream JOBS (iad-2: refused)",
  });
  const alone = async (): Promise<string> => jsz(undefined, 1);
  expect(await depthOf(hosts, alone)).toMatchObject({ value: 6 });
});

test("only hosts that run and have an address are asked, IPv6 in brackets", () => {
  const host = {
    id: "1",
    region: "iad",
    managed: true,
    cordoned: false,
    version: "",
    checks: { passing: 0, total: 0 },
  };
  expect(
    privateHosts([
      { ...host, name: "iad-1", state: "started", privateIp: "fdaa::3" },
      { ...host, name: "iad-0", state: "started", privateIp: "127.9.1.1" },
      { ...host, name: "iad-2", state: "stopped", privateIp: "fdaa::4" },
    ]),
  ).toEqual([
    { name: "iad-0", address: "127.9.1.1" },
    { name: "iad-1", address: "[fdaa::3]" },
  ]);
});

test("requests of every status and method count, each once", () => {
  const line = (labels: string, count: number): string =>
    `caddy_http_response_duration_seconds_bucket{${labels},server="edge",le="+Inf"} ${count}`;
  const text = [
    line('code="200",handler="subroute",method="GET"', 70),
    line('code="500",handler="subroute",method="POST"', 30),
    line('code="502",handler="map",method="GET"', 5),
    line('code="421",handler="static_response",method="GET"', 60),
  ].join("\n");
  expect([...parseCaddyMetrics(text).buckets.values()]).toEqual([105]);
});
