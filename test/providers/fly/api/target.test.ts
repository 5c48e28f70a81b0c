import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

import { createFly } from "../../../../providers/fly/api/client.ts";
import {
  assertOneTarget,
  describeTarget,
  localBackendMarker,
} from "../../../../providers/fly/api/target.ts";
import type { Environment } from "../../../../providers/fly/api/target.ts";

const isLocalBackend = (folder: string): boolean => folder === "/cloud/state";

const local = {
  FLY_FLAPS_BASE_URL: "http://127.0.0.1:4280",
  FLY_API_TOKEN: "flotilla-local-1234",
  CLOUDFLARE_BASE_URL: "http://127.0.0.1:4281/client/v4",
  CLOUDFLARE_API_TOKEN: "flotilla-local-5678",
  PULUMI_BACKEND_URL: "file:///cloud/state",
};
const real = { FLY_API_TOKEN: "FlyV1 fm2_secret", CLOUDFLARE_API_TOKEN: "cf-secret-token" };

test.each<[string, Environment, string]>([
  ["all local", local, "local"],
  [
    "local without Cloudflare",
    { ...local, CLOUDFLARE_BASE_URL: undefined, CLOUDFLARE_API_TOKEN: undefined },
    "local",
  ],
  [
    "another address of the loopback network",
    { ...local, FLY_FLAPS_BASE_URL: "http://127.3.2.1:1" },
    "local",
  ],
  ["real with defaults", real, "real"],
  [
    "real with everything said",
    { ...real, FLY_FLAPS_BASE_URL: "https://api.machines.dev", PULUMI_BACKEND_URL: "s3://state" },
    "real",
  ],
  [
    "real over Fly's private network",
    { ...real, FLY_FLAPS_BASE_URL: "http://_api.internal:4280" },
    "real",
  ],
  [
    "real with a folder as backend",
    { ...real, PULUMI_BACKEND_URL: "file:///home/me/state" },
    "real",
  ],
])("one world: %s", (_name, env, world) => {
  expect(assertOneTarget(env, { isLocalBackend })).toBe(world);
});

test.each<[string, Environment, string]>([
  ["a real Fly token", { ...local, FLY_API_TOKEN: "FlyV1 fm2_secret" }, "FLY_API_TOKEN"],
  ["a local Fly token", { ...real, FLY_API_TOKEN: "flotilla-local-1234" }, "FLY_API_TOKEN"],
  [
    "a local Fly token with its scheme",
    { ...real, FLY_API_TOKEN: "Bearer flotilla-local-1234" },
    "FLY_API_TOKEN",
  ],
  ["a real Fly URL", { ...local, FLY_FLAPS_BASE_URL: "https://api.machines.dev" }, "FLY_API_TOKEN"],
  ["Fly's default URL", { ...local, FLY_FLAPS_BASE_URL: undefined }, "FLY_API_TOKEN"],
  [
    "a name for the loopback address",
    { ...local, FLY_FLAPS_BASE_URL: "http://localhost:4280" },
    "FLY_API_TOKEN",
  ],
  ["a local Fly URL", { ...real, FLY_FLAPS_BASE_URL: "http://127.0.0.1:4280" }, "FLY_API_TOKEN"],
  ["Cloudflare's default URL", { ...local, CLOUDFLARE_BASE_URL: undefined }, "CLOUDFLARE_BASE_URL"],
  [
    "a real Cloudflare token",
    { ...local, CLOUDFLARE_API_TOKEN: "cf-secret-token" },
    "CLOUDFLARE_API_TOKEN",
  ],
  [
    "a local Cloudflare URL",
    { ...real, CLOUDFLARE_BASE_URL: "http://127.0.0.1:4281" },
    "CLOUDFLARE_BASE_URL",
  ],
  ["no backend of its own", { ...local, PULUMI_BACKEND_URL: undefined }, "PULUMI_BACKEND_URL"],
  [
    "another folder as backend",
    { ...local, PULUMI_BACKEND_URL: "file:///home/me/state" },
    "PULUMI_BACKEND_URL",
  ],
  [
    "the local state folder",
    { ...real, PULUMI_BACKEND_URL: "file:///cloud/state?no_tmp_dir=true" },
    "PULUMI_BACKEND_URL",
  ],
])("refuses %s in the other world, in one sentence without a token", (_name, env, variable) => {
  const run = (): unknown => assertOneTarget(env, { isLocalBackend });
  expect(run).toThrow(
    new RegExp(`^The local cloud and real accounts must not be mixed: .*${variable}[^.]* .*\\.$`),
  );
  expect(run).not.toThrow(/secret|1234|5678/);
});

test("a missing token and a broken URL give one sentence each", () => {
  expect(() => assertOneTarget({})).toThrow(/^FLY_API_TOKEN is not set: .*flotilla local env/);
  expect(() => assertOneTarget({ ...real, FLY_FLAPS_BASE_URL: "api" })).toThrow(
    /^FLY_FLAPS_BASE_URL is not a URL/,
  );
});

test("a backend folder with the marker file belongs to the local cloud", () => {
  const home = mkdtempSync(join(tmpdir(), "flotilla-test-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  mkdirSync(join(home, "state"));
  const env = { ...local, HOME: home, PULUMI_BACKEND_URL: "file://~/state" };
  expect(() => assertOneTarget(env)).toThrow(/PULUMI_BACKEND_URL/);
  writeFileSync(join(home, "state", localBackendMarker), "");
  expect(assertOneTarget(env)).toBe("local");
});

test("the target has a name", () => {
  expect(describeTarget(local)).toBe("local cloud 127.0.0.1:4280");
  expect(describeTarget(real)).toBe("Fly");
  expect(describeTarget({ FLY_FLAPS_BASE_URL: "nonsense" })).toBe("Fly");
});

test("no connection is opened in a mixed environment", () => {
  expect(() => createFly({ env: { ...local, FLY_API_TOKEN: "fm2_secret" } })).toThrow(
    /must not be mixed/,
  );
});

test("components can import it: it imports Node builtins only", () => {
  const source = readFileSync(
    new URL("../../../../providers/fly/api/target.ts", import.meta.url),
    "utf8",
  );
  const imports = [...source.matchAll(/from "([^"]+)"/g)].map(([, from]) => from);
  expect(imports.every((from) => from?.startsWith("node:"))).toBe(true);
  expect(imports.length).toBeGreaterThan(0);
});
