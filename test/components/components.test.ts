/** Under mocks: which children with which inputs. Aliases, transforms and the engine's own rules are e2e's. */
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { compile, type Desired, type GlobalDesired } from "../../compiler/compile.ts";
import { desiredOf } from "../kit/compiled.ts";
import { flyEdgeSpecs, sampleSpecs } from "../../fixtures/sample-specs.ts";

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}
const registered: Registered[] = [];

const outputs: Record<string, (args: pulumi.runtime.MockResourceArgs) => object> = {
  "pulumi-nodejs:dynamic/fly:App": () => ({ appId: "app-id" }),
  "pulumi-nodejs:dynamic/fly:IpAddress": ({ name }) => ({
    address: name.endsWith("v6") ? "2a09::1" : "66.241.124.1",
  }),
  "pulumi-nodejs:dynamic/fly:Certificate": ({ name }) => ({
    dnsRequirements: { ownership: { app_value: `app-of-${name.replace(/^.*-cert-/, "")}` } },
  }),
  "pulumi-nodejs:dynamic/fly:AppSecrets": () => ({ version: 7, digests: { ORIGIN_KEY: "d" } }),
  "pulumi-nodejs:dynamic/fly:Volume": ({ name }) => ({ volumeId: `vol_${name}` }),
  "pulumi-nodejs:dynamic/fly:Machine": ({ name }) => ({
    machineId: `id-of-${name}`,
    instanceId: `version-of-${name}`,
  }),
  "pulumi-nodejs:dynamic/keys:Certificate": () => ({ csr: "CSR", privateKey: "KEY" }),
  "pulumi-nodejs:dynamic/keys:Nkeys": () => ({
    publicKeys: { app: "UAPP", leaf: "ULEAF", operator: "UOP", sys: "USYS" },
    seeds: { app: "SUAPP", leaf: "SULEAF", operator: "SUOP", sys: "SUSYS" },
  }),
  "pulumi-nodejs:dynamic/keys:Passwords": () => ({ values: { POCKETBASE_ADMIN_PASSWORD: "pw" } }),
  "cloudflare:index/originCaCertificate:OriginCaCertificate": () => ({ certificate: "CERT" }),
};

beforeAll(async () => {
  await pulumi.runtime.setMocks(
    {
      newResource(args) {
        registered.push({ type: args.type, name: args.name, inputs: args.inputs });
        return { id: `${args.name}-id`, state: { ...args.inputs, ...outputs[args.type]?.(args) } };
      },
      call: () => ({ id: "zone-id" }),
    },
    "flotilla",
    "test",
  );
});

function flyEdge(proxied: boolean): GlobalDesired {
  const global = desiredOf(compile(flyEdgeSpecs(proxied), { stack: "global" }));
  if (global.kind !== "global") throw new Error("not global");
  return global;
}

function desired(stack: string): Desired {
  return desiredOf(compile(sampleSpecs(), { stack }));
}

function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/** Registration is asynchronous: the component's own urn resolves before its children are there. */
async function settle(take: () => number, expected: number): Promise<void> {
  while (take() < expected) await new Promise((resolve) => setImmediate(resolve));
}

const secretMark = "4dabf18193072939515e22adb298388d";

describe("GlobalEdge", () => {
  it("registers exactly the shared resources, with the secrets wrapped", async () => {
    registered.length = 0;
    const { GlobalEdge } = await import("../../components/global-edge.ts");
    const global = desired("global");
    if (global.kind !== "global") throw new Error("not global");
    const edge = new GlobalEdge("edge", { desired: global, secrets: { API_KEY: "key" } });
    expect(await valueOf(edge.secretsVersion)).toBe(7);
    await settle(() => registered.length, 9 + global.dns.records.length);

    expect(registered.map(({ type, name }) => `${type} ${name}`).toSorted()).toMatchSnapshot();
    const secrets = registered.find(({ name }) => name === "edge-secrets");
    expect(secrets?.inputs["values"]).toMatchObject({
      [secretMark]: expect.any(String),
      value: {
        API_KEY: "key",
        NATS_APP_SEED: "SUAPP",
        NATS_OPERATOR_PUBLIC: "UOP",
        ORIGIN_KEY: Buffer.from("KEY").toString("base64"),
        POCKETBASE_ADMIN_PASSWORD: "pw",
      },
    });
    expect(secrets?.inputs["values"]).not.toHaveProperty("value.NATS_OPERATOR_SEED");
    const certificate = registered.find(({ name }) => name === "edge-origin-cert-g1");
    expect(certificate?.inputs).toMatchObject({
      csr: "CSR",
      hostnames: ["example.com", "*.example.com"],
      requestType: "origin-ecc",
    });
    const record = registered.find(({ type }) => type.includes("dnsRecord"));
    expect(record?.inputs).toMatchObject({
      zoneId: "zone-id",
      content: "2a09::1",
      proxied: true,
      ttl: 1,
    });
  });
});

describe("RegionStack", () => {
  it("checks the rendered files, then makes one Machine per host and volumes for data hosts only", async () => {
    registered.length = 0;
    const { RegionStack } = await import("../../components/region-stack.ts");
    const iad = desired("iad");
    if (iad.kind !== "region") throw new Error("not a region");
    const global = {
      app: "acme",
      appId: "app-id",
      secretsVersion: 7,
      secretDigests: { ORIGIN_KEY: "d1", UNUSED: "d2" },
    };
    const stack = new RegionStack("iad", { desired: iad, global });
    expect(await valueOf(stack.hosts)).toEqual({
      "iad-0": "id-of-iad-0-machine",
      "iad-1": "id-of-iad-1-machine",
    });
    expect(await valueOf(stack.versions)).toEqual({
      "iad-0": "version-of-iad-0-machine",
      "iad-1": "version-of-iad-1-machine",
    });

    expect(registered.map(({ type, name }) => `${type} ${name}`).toSorted()).toMatchSnapshot();
    const check = registered.find(({ name }) => name === "iad-check");
    expect(check?.inputs["create"]).toBe("node region-check/entry.ts");
    expect(JSON.parse(String(check?.inputs["stdin"]))).toEqual(iad.check);
    const machine = registered.find(({ name }) => name === "iad-0-machine");
    expect(machine?.inputs).toMatchObject({
      name: "iad-0",
      appId: "app-id",
      volumeId: "vol_iad-0-data",
      secretsVersion: 7,
      healthTimeoutSeconds: 60,
      maxUnavailable: 1,
      minHealthySeconds: 0,
      slots: { worker: 4 },
      active: { worker: 2 },
    });
    expect(registered.filter(({ inputs }) => "adopt" in inputs)).toEqual([]);
    expect(machine?.inputs["secretDigests"]).toMatchObject({ ORIGIN_KEY: "d1" });
    expect(machine?.inputs["secretDigests"]).not.toHaveProperty("UNUSED");
    expect(registered.find(({ name }) => name === "iad-1-machine")?.inputs).not.toHaveProperty(
      "volumeId",
    );
  });

  it("omits the region check if it is switched off", async () => {
    registered.length = 0;
    const { RegionStack } = await import("../../components/region-stack.ts");
    const fra = desired("fra");
    if (fra.kind !== "region") throw new Error("not a region");
    const global = { app: "acme", appId: "app-id", secretsVersion: 1, secretDigests: {} };
    const stack = new RegionStack("fra", { desired: fra, global, check: false });
    await valueOf(stack.hosts);
    expect(registered.some(({ type }) => type.startsWith("command:"))).toBe(false);
  });

  it("adopts Machines and volumes if that is configured", async () => {
    registered.length = 0;
    const { RegionStack } = await import("../../components/region-stack.ts");
    const fra = desired("fra");
    if (fra.kind !== "region") throw new Error("not a region");
    const global = { app: "acme", appId: "app-id", secretsVersion: 1, secretDigests: {} };
    const stack = new RegionStack("fra", { desired: fra, global, check: false, adopt: true });
    await valueOf(stack.hosts);
    expect(
      registered.filter(({ inputs }) => inputs["adopt"] === true).map(({ name }) => name),
    ).toEqual(["fra-0-data", "fra-0-machine"]);
  });
});

describe("GlobalEdge with certificates that Fly holds", () => {
  /** Content and proxy of the records, by logical name. */
  async function recordsOf(name: string, global: GlobalDesired): Promise<Record<string, string>> {
    registered.length = 0;
    const { GlobalEdge } = await import("../../components/global-edge.ts");
    const edge = new GlobalEdge(name, { desired: global, secrets: { API_KEY: "key" } });
    expect(await valueOf(edge.secretsVersion)).toBe(7);
    await settle(() => registered.length, 7 + 3 + global.dns.records.length);
    return Object.fromEntries(
      registered
        .filter(({ type }) => type.includes("dnsRecord"))
        .map(({ name: record, inputs }) => [
          record.slice(`${name}-dns-`.length),
          [inputs["type"], inputs["content"], inputs["proxied"]].map(String).join(" "),
        ]),
    );
  }

  it("requests one per hostname and proves it in DNS, without an origin certificate and key", async () => {
    const records = await recordsOf("fly", flyEdge(true));
    expect(records).toMatchObject({
      "app.example.com": "AAAA 2a09::1 true",
      "_fly-ownership.app.example.com": 'TXT "app-of-app.example.com" false',
      "_fly-ownership.app-iad.example.com": 'TXT "app-of-app-iad.example.com" false',
    });
    expect(Object.keys(records)).toHaveLength(6);
    const types = registered.map(({ type }) => type);
    expect(types.filter((type) => type.endsWith("fly:Certificate"))).toHaveLength(3);
    expect(types.filter((type) => /keys:Certificate|originCa/.test(type))).toEqual([]);
    const secrets = registered.find(({ name }) => name === "fly-secrets");
    expect(secrets?.inputs["values"]).not.toHaveProperty("value.ORIGIN_KEY");
    expect(secrets?.inputs["values"]).toMatchObject({ value: { API_KEY: "key" } });
  });

  it("points DNS at both addresses of the app if Cloudflare isn't in between", async () => {
    expect(await recordsOf("direct", flyEdge(false))).toMatchObject({
      "app.example.com": "AAAA 2a09::1 false",
      "app.example.com-a": "A 66.241.124.1 false",
    });
  });
});

describe("GlobalEdge without NATS and PocketBase", () => {
  it("creates neither keys nor passwords", async () => {
    registered.length = 0;
    const { GlobalEdge } = await import("../../components/global-edge.ts");
    const global = desired("global");
    if (global.kind !== "global") throw new Error("not global");
    const bare = { ...global, nkeys: [], passwords: [] };
    const edge = new GlobalEdge("bare", { desired: bare, secrets: {} });
    expect(await valueOf(edge.secretsVersion)).toBe(7);
    await settle(() => registered.length, 7 + global.dns.records.length);
    const types = registered.map(({ type }) => type);
    expect(types).not.toContain("pulumi-nodejs:dynamic/keys:Nkeys");
    expect(types).not.toContain("pulumi-nodejs:dynamic/keys:Passwords");
  });
});
