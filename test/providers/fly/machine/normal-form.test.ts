import { expect, test } from "vitest";

import { normalDuration } from "../../../../providers/fly/machine/go-duration.ts";
import { isSameImage } from "../../../../providers/fly/machine/image-reference.ts";
import {
  changedParts,
  fingerprint,
  normalConfig,
} from "../../../../providers/fly/machine/normal-form.ts";
import { machineConfig } from "../cloud.ts";

const metadataKeys = ["managed_by", "stack", "host"];

function difference(a: object, b: object): readonly string[] {
  return changedParts(
    fingerprint(normalConfig(a as Record<string, unknown>, metadataKeys)),
    fingerprint(normalConfig(b as Record<string, unknown>, metadataKeys)),
  );
}

test.each([
  ["60s", "1m0s"],
  ["90s", "1m30s"],
  ["1h", "60m0s"],
  ["1500ms", "1.5s"],
  ["15s", 15e9],
])("%s is %s", (a, b) => {
  expect(normalDuration(a)).toBe(normalDuration(b));
});

test.each([["soon"], ["10"], ["1s!"]])("%s isn't a duration and stays unchanged", (text) => {
  expect(normalDuration(text)).toBe(text);
});

const digest = "sha256:aa";
test.each([
  ["r.io/acme:1", "r.io/acme:1", {}, true],
  ["r.io/acme", "r.io/acme:latest", {}, true],
  ["r.io/acme:1", "r.io/acme:1@sha256:aa", {}, true],
  ["r.io/acme@sha256:aa", "r.io/acme:1@sha256:aa", {}, true],
  ["r.io/acme@sha256:aa", "r.io/acme:1", { digest }, true],
  ["r.io/acme:1", "r.io/acme@sha256:aa", { tag: "1", digest }, true],
  ["r.io:5000/acme", "r.io:5000/acme:latest", {}, true],
  ["r.io/acme:1", "r.io/acme:2", {}, false],
  ["r.io/acme:1", "r.io/other:1", {}, false],
  ["r.io/acme@sha256:aa", "r.io/acme@sha256:bb", { digest }, false],
  ["r.io/acme@sha256:bb", "r.io/acme:1", { digest }, false],
])("image %s runs as %s (%o): %s", (desired, live, resolved, expected) => {
  expect(isSameImage(desired, live, resolved)).toBe(expected);
});

/** Fly's echo of our configuration. Source: fly-go, and bug reports of other tools. */
test("Fly's echo of a configuration isn't a difference", () => {
  const sent = machineConfig();
  const [service] = sent["services"] as Record<string, unknown>[];
  const echo = {
    ...sent,
    init: {},
    dns: {},
    auto_destroy: false,
    schedule: null,
    metrics: null,
    mounts: null,
    files: null,
    guest: { cpu_kind: "shared", cpus: 1, memory_mb: 512, gpus: 0, kernel_args: null },
    metadata: { ...(sent["metadata"] as object), fly_flyctl_version: "1", active: "{}" },
    restart: { policy: "always", max_retries: 0 },
    stop_config: { signal: "SIGTERM", timeout: "1m0s" },
    services: [
      {
        ...service,
        autostop: false,
        force_instance_key: null,
        ports: [
          {
            port: 443,
            handlers: ["proxy_proto"],
            force_https: false,
            http_options: null,
            tls_options: {},
          },
        ],
        checks: [
          {
            type: "tcp",
            port: 8444,
            interval: 15e9,
            timeout: "2s",
            grace_period: "1m0s",
            headers: null,
            path: "",
          },
        ],
      },
    ],
    checks: {
      caddy: {
        type: "http",
        port: 8080,
        path: "/healthz",
        method: "GET",
        protocol: "http",
        tls_skip_verify: false,
        interval: "15s",
        timeout: "2s",
        grace_period: "60s",
        kind: "informational",
      },
    },
  };
  expect(difference(sent, echo)).toEqual([]);
});

test.each<[string, Record<string, unknown>, readonly string[]]>([
  ["an environment variable more", { env: { FLOTILLA_HOST: "iad-0", X: "1" } }, ["environment"]],
  ["no environment", { env: null }, ["environment"]],
  ["more memory", { guest: { cpu_kind: "shared", cpus: 1, memory_mb: 1024 } }, ["guest"]],
  ["metadata of ours lost", { metadata: { managed_by: "flotilla", stack: "iad" } }, ["metadata"]],
  ["no services", { services: [] }, ["services"]],
  [
    "a check's interval",
    {
      checks: {
        caddy: {
          type: "http",
          port: 8080,
          path: "/healthz",
          interval: "16s",
          timeout: "2s",
          grace_period: "1m0s",
        },
      },
    },
    ["checks"],
  ],
  ["another stop signal", { stop_config: { signal: "SIGINT", timeout: "60s" } }, ["stop_config"]],
  ["a file", { files: [{ guest_path: "/a", raw_value: "YQ==" }] }, ["files"]],
  ["a volume", { mounts: [{ volume: "vol_1", path: "/flotilla/data" }] }, ["mounts"]],
  ["a schedule", { schedule: "daily" }, ["schedule"]],
  ["metrics", { metrics: { port: 9180, path: "/metrics" } }, ["metrics"]],
  [
    "autostop",
    { services: [{ ...(machineConfig()["services"] as object[])[0], autostop: true }] },
    ["services"],
  ],
])("%s is a difference", (_name, over, parts) => {
  expect(difference(machineConfig(), machineConfig(over))).toEqual(parts);
});

test("files differ by path, content, source and mode, not by order", () => {
  const file = (over: object = {}): object => ({ guest_path: "/a", raw_value: "YQ==", ...over });
  const other = { guest_path: "/b", secret_name: "KEY", mode: 384 };
  const before = machineConfig({ files: [file(), other] });
  expect(
    difference(before, machineConfig({ files: [other, file({ mode: 0, secret_name: null })] })),
  ).toEqual([]);
  for (const over of [{ raw_value: "Yg==" }, { guest_path: "/c" }, { mode: 420 }]) {
    expect(difference(before, machineConfig({ files: [file(over), other] }))).toEqual(["files"]);
  }
  expect(
    difference(before, machineConfig({ files: [file(), { ...other, secret_name: "OTHER" }] })),
  ).toEqual(["files"]);
});
