/**
 * The calls of flyctl, command by command, and the parts of the answers that it reads. Calls and documents are those of
 * flyctl's and fly-go's sources; `flyctl.test.ts` runs the real flyctl where it is installed.
 */
import { beforeEach, describe, expect, test } from "vitest";
import { createTestApi, type Answer, type TestApi } from "../api.ts";
import * as documents from "./flyctl-documents.ts";

const MACHINES = "/v1/apps/acme/machines";
const CONFIG = {
  image: "registry.fly.io/acme:1",
  guest: { cpu_kind: "shared", cpus: 1, memory_mb: 256 },
  metadata: { fly_platform_version: "v2", fly_process_group: "app" },
};

let api: TestApi;
let id: string;

beforeEach(async () => {
  api = createTestApi();
  await api.makeApp();
  id = await api.makeMachine({ config: { ...CONFIG, checks: { up: { type: "tcp", port: 80 } } } });
});

async function graphql(query: string, variables: object = { appName: "acme" }): Promise<Answer> {
  const answer = await api.call("POST", "/graphql", { query, variables });
  expect(answer.status).toBe(200);
  return answer;
}

/** As `machine start` and its like: get, lease, compare versions, act with the nonce, release. */
async function leased(action: (headers: Record<string, string>) => Promise<Answer>): Promise<void> {
  const machine = await api.call("GET", `${MACHINES}/${id}`);
  expect(machine.at("host_status")).toBe("ok"); // otherwise flyctl takes no lease
  const lease = await api.call("POST", `${MACHINES}/${id}/lease?ttl=120`);
  expect(lease.status).toBe(201);
  expect(lease.at("status")).toBe("success");
  expect(lease.at("data", "version")).toBe(machine.at("instance_id"));
  const headers = { "fly-machine-lease-nonce": lease.str("data", "nonce") };
  const done = await action(headers);
  expect([done.status, done.text]).toEqual([200, done.text]);
  await api.clock.advance(2_000);
  const released = await api.call("DELETE", `${MACHINES}/${id}/lease`, undefined, headers);
  // flyctl ignores exactly this text: a destroyed Machine has no lease any more.
  expect(released.status === 200 ? "released" : released.str("error")).toMatch(
    /^released$|not found/,
  );
}

async function state(): Promise<unknown> {
  return (await api.call("GET", `${MACHINES}/${id}`)).at("state");
}

describe("machine", () => {
  test("list", async () => {
    const list = await api.call("GET", MACHINES);
    expect(list.json).toMatchObject([
      {
        id: expect.stringMatching(/^[0-9a-f]{14}$/) as string,
        image_ref: { repository: "acme", tag: "1" },
        config: { guest: { cpus: 1 }, init: {} },
      },
    ]);
  });

  test("status", async () => {
    const machine = await api.call("GET", `${MACHINES}/${id}`);
    expect(machine.at("config", "guest")).toMatchObject({ memory_mb: 256 });
    expect(machine.at("checks", 0, "updated_at")).toMatch(/^\d{4}-/);
    expect(machine.at("events", 0, "timestamp")).toBeTypeOf("number");
  });

  test("stop, start, suspend, cordon, uncordon", async () => {
    const act = (verb: string, body: object = {}) =>
      leased((headers) => api.call("POST", `${MACHINES}/${id}/${verb}`, body, headers));
    await act("stop", { id, signal: "SIGINT", timeout: "5s" });
    expect(await state()).toBe("stopped");
    await act("start");
    expect(await state()).toBe("started");
    await act("suspend");
    expect(await state()).toBe("suspended");
    await act("start");
    await act("cordon");
    expect((await api.call("GET", `${MACHINES}/${id}`)).at("cordoned")).toBe(true);
    await act("uncordon");
    expect((await api.call("GET", `${MACHINES}/${id}`)).at("cordoned")).toBe(false);
  });

  test("start without -a: the app is looked up by the Machine", async () => {
    const found = await graphql(documents.GET_MACHINE, { machineId: id });
    expect(found.at("data", "gqlmachine")).toEqual({
      id,
      name: "iad-0",
      app: { name: "acme", organization: { id: "personal", slug: "personal" } },
    });
    const missing = await graphql(documents.GET_MACHINE, { machineId: "00000000000000" });
    expect(missing.str("errors", 0, "message")).toContain("Could not find Machine");
  });

  test("destroy --force", async () => {
    await leased(async (headers) => {
      await graphql(documents.GET_APP_COMPACT);
      return api.call("DELETE", `${MACHINES}/${id}?kill=true`, undefined, headers);
    });
    expect(await state()).toBe("destroyed");
    expect((await api.call("GET", MACHINES)).json).toEqual([]);
  });

  test("run with a config, then with an image", async () => {
    expect((await graphql(documents.GET_APP_COMPACT)).at("data", "appcompact")).toMatchObject({
      name: "acme",
      internalNumericId: expect.any(Number) as number,
      organization: { internalNumericId: "1", slug: "personal" },
      postgresAppRole: null,
    });
    expect((await graphql(documents.GET_APP_NETWORK)).at("data", "app")).toEqual({
      network: "default",
    });
    expect((await api.call("GET", "/v1/apps/acme")).at("organization", "slug")).toBe("personal");
    const organization = await api.call("GET", "/api/v1/organizations/personal");
    expect(organization.at("organization", "internal_numeric_id")).toBe(1);
    expect((await api.call("POST", "/api/v1/builds", { app_name: "acme" })).at("id")).toBe(1);
    const imageRef = "registry.fly.io/acme:1";
    const image = await graphql(documents.RESOLVE_IMAGE, { appName: "acme", imageRef });
    expect(image.at("data", "app", "image")).toMatchObject({
      ref: imageRef,
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      compressedSize: "1",
    });
    expect((await api.call("POST", "/api/v1/builds/finish", { build_id: 1 })).status).toBe(200);
    // Unset fields come as nulls and empty strings.
    const made = await api.call("POST", MACHINES, {
      name: "",
      region: "fra",
      lease_ttl: 0,
      config: { ...CONFIG, mounts: null, schedule: "", standbys: null },
    });
    expect([made.status, made.at("state"), made.at("region")]).toEqual([200, "created", "fra"]);
    const wait = api.call(
      "GET",
      `${MACHINES}/${made.str("id")}/wait?state=started&timeout=60&instance_id=${made.str("instance_id")}`,
    );
    await api.clock.advance(2_000);
    expect((await wait).at("ok")).toBe(true);
    const egress = await graphql(documents.GET_EGRESS_IPS);
    expect(egress.at("data", "app", "machines", "nodes", 0, "egressIpAddresses")).toEqual({
      nodes: [],
    });
  });

  test("run in an unknown app offers to create it", async () => {
    const answer = await graphql(documents.GET_APP_COMPACT, { appName: "nobody" });
    expect(answer.at("data")).toBeNull();
    expect(answer.str("errors", 0, "message")).toContain("Could not find App");
    expect(answer.at("errors", 0, "extensions", "code")).toBe("NOT_FOUND");
  });

  test("update --image", async () => {
    let version: unknown;
    await leased(async (headers) => {
      const config = { ...CONFIG, image: "registry.fly.io/acme:2" };
      const body = { id, name: "iad-0", region: "iad", config };
      const updated = await api.call("POST", `${MACHINES}/${id}`, body, headers);
      version = updated.at("instance_id");
      const path = `${MACHINES}/${id}/wait?state=settled&timeout=60&instance_id=${String(version)}`;
      const wait = api.call("GET", path);
      await api.clock.advance(2_000);
      expect((await wait).status).toBe(200);
      return updated;
    });
    const machine = await api.call("GET", `${MACHINES}/${id}`);
    expect([machine.at("instance_id"), machine.at("state")]).toEqual([version, "started"]);
  });
});

describe("scale", () => {
  test("show counts the Machines of the platform v2", async () => {
    const list = await api.call("GET", MACHINES);
    expect(list.at(0, "config", "metadata", "fly_platform_version")).toBe("v2");
  });

  test("count finds a release without config, clones, and destroys", async () => {
    const config = await graphql(documents.CONFIG_CURRENT_RELEASE);
    expect(config.at("data", "app", "currentReleaseUnprocessed", "configDefinition")).toBeNull();
    // An undeclared variable is sent too.
    const variables = { appName: "acme", limit: 1, status: "" };
    const releases = await graphql(documents.GET_RELEASES, variables);
    expect(releases.at("data", "app", "releases", "nodes", 0)).toMatchObject({ version: 1 });
    expect((await api.call("GET", "/v1/apps/acme/volumes")).json).toEqual([]);
    const clone = await api.call("POST", MACHINES, { region: "fra", config: CONFIG });
    expect(clone.status).toBe(200);
    await api.clock.advance(2_000);
    const gone = await api.call("DELETE", `${MACHINES}/${clone.str("id")}?kill=true`);
    expect(gone.json).toEqual({ ok: true });
  });
});

describe("status", () => {
  test("skips what it can't compare", async () => {
    const variables = { image: "registry.fly.io/acme:1", flyVersion: "" };
    const details = await graphql(documents.LATEST_IMAGE_DETAILS, variables);
    expect(details.str("errors", 0, "message")).toContain("Unknown repository");
  });

  test("--json wants a release, or none", async () => {
    const current = await graphql(documents.GET_CURRENT_RELEASE);
    expect(current.at("data", "app", "currentRelease", "version")).toBe(1);
  });
});

describe("apps", () => {
  test("list", async () => {
    const { json } = await graphql(documents.GET_APPS, { after: "" });
    expect(json).toMatchObject({
      data: {
        apps: {
          pageInfo: { hasNextPage: false },
          nodes: [{ name: "acme", status: "deployed", organization: { slug: "personal" } }],
        },
      },
    });
  });

  test("create, and destroy", async () => {
    const organizations = await graphql(documents.GET_ORGANIZATIONS, { admin: false });
    expect(organizations.at("data", "organizations", "nodes", 0)).toMatchObject({
      id: "personal",
      slug: "personal",
      type: "PERSONAL",
      internalNumericId: "1",
    });
    const body = { name: "second", org_slug: "personal", network: "", app_role_id: "" };
    expect((await api.call("POST", "/v1/apps?wait=true", body)).status).toBe(201);
    expect((await api.call("GET", "/v1/apps/second")).at("organization")).toMatchObject({
      slug: "personal",
    });
    expect((await api.call("DELETE", "/v1/apps/second")).status).toBe(202);
  });
});

test("volumes list, secrets list, certs list, platform regions", async () => {
  const basic = await graphql(documents.GET_APP_BASIC);
  expect(basic.at("data", "appbasic")).toMatchObject({
    platformVersion: "machines",
    organization: { rawSlug: "personal", internalNumericId: "1" },
  });
  await api.call("POST", "/v1/apps/acme/volumes", { name: "data", region: "iad" });
  const volumes = await api.call("GET", "/v1/apps/acme/volumes");
  expect(volumes.at(0)).toMatchObject({ attached_machine_id: null, host_status: "ok" });
  expect(volumes.str(0, "created_at")).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  expect((await api.call("GET", "/v1/apps/acme/secrets")).json).toEqual({ secrets: [] });
  expect((await api.call("GET", "/api/v1/apps/acme/releases/current")).status).toBe(404);
  expect((await api.call("GET", "/v1/apps/acme/certificates")).at("certificates")).toEqual([]);
  expect((await api.call("GET", "/v1/platform/regions")).at("regions")).toHaveLength(18);
});

test("secrets set: one bulk write, whose version the next create asks for", async () => {
  await graphql(documents.GET_APP_COMPACT);
  const body = { values: { A: "one" } };
  const version = (await api.call("POST", "/v1/apps/acme/secrets", body)).at("version");
  expect(version).toBe(1);
  const listed = await api.call("GET", `/v1/apps/acme/secrets?version=${String(version)}`);
  expect(listed.at("secrets", 0)).toMatchObject({
    name: "A",
    digest: expect.any(String) as string,
  });
  expect((await api.call("GET", "/v1/apps/acme/secrets?min_version=2")).status).toBe(400);
});

test("ips list, allocate-v6, allocate-v4 --shared, release", async () => {
  const v6 = await graphql(documents.ALLOCATE_IP_ADDRESS, { input: { appId: "acme", type: "v6" } });
  const address = v6.str("data", "allocateIpAddress", "ipAddress", "address");
  expect(address).toMatch(/^2a09:8280:1::/);
  const input = { appId: "acme", type: "shared_v4" };
  const shared = await graphql(documents.ALLOCATE_SHARED_IP_ADDRESS, { input });
  const ip = shared.str("data", "allocateIpAddress", "app", "sharedIpAddress");
  expect((await graphql(documents.GET_IP_ADDRESSES)).at("data", "app")).toMatchObject({
    ipAddresses: { nodes: [{ address, type: "v6", region: "global" }] },
    sharedIpAddress: ip,
  });
  const rest = await api.call("GET", "/v1/apps/acme/ip_assignments");
  expect(rest.at("ips")).toHaveLength(2);
  await graphql(documents.RELEASE_IP_ADDRESS, { input: { appId: "acme", ip: address } });
  expect((await api.call("GET", "/v1/apps/acme/ip_assignments")).at("ips")).toHaveLength(1);
  const again = await graphql(documents.RELEASE_IP_ADDRESS, {
    input: { appId: "acme", ip: address },
  });
  expect(again.str("errors", 0, "message")).toContain("not found");
});

describe("GraphQL itself", () => {
  test("knows fragments, aliases, inline values and directives", async () => {
    const query = `
      query ExampleQuery($name: String!, $flag: Boolean = true) {
        one: app(name: $name) { ...AppData }
        two: app(name: "acme") { ... on App @include(if: $flag) { slug: name } __typename }
      }
      # a comment
      fragment AppData on App { id organization { ...Org } }
      fragment Org on Organization { slug }`;
    const answer = await graphql(query, { name: "acme" });
    expect(answer.at("data")).toEqual({
      one: { id: "acme", organization: { slug: "personal" } },
      two: { slug: "acme", __typename: "App" },
    });
  });

  test.for([
    ["{ unheardOf { id } }", "Queries"],
    ['{ app(name: "acme") { name unheardOf } }', "App"],
    ['{ app(name: "acme") { organization { unheardOf } } }', "Organization"],
  ] as const)("a field that Fly's schema doesn't have is refused: %s", async ([query, type]) => {
    const { json } = await graphql(query, {});
    expect(json).toEqual({
      errors: [
        {
          message: `Field 'unheardOf' doesn't exist on type '${type}'`,
          extensions: { code: "undefinedField" },
        },
      ],
    });
  });

  test("a field of Fly's schema that the emulator doesn't answer is null", async () => {
    const answer = await graphql('{ app(name: "acme") { name imageDetails { tag } } }', {});
    expect(answer.json).toEqual({ data: { app: { name: "acme", imageDetails: null } } });
  });

  test.for([
    ["an argument without its type", "{ app(name: 5) { id } }", {}],
    ["an argument that the field doesn't have", '{ app(title: "acme") { id } }', {}],
    ["an object without a selection", '{ app(name: "acme") }', {}],
    ["a required variable that is missing", documents.GET_APP_COMPACT, {}],
    [
      "a type of address that Fly doesn't have",
      documents.ALLOCATE_IP_ADDRESS,
      {
        input: { appId: "acme", type: "v5" },
      },
    ],
  ] as const)("%s is refused, and nothing is done", async ([, query, variables]) => {
    const answer = await graphql(query, variables);
    expect(answer.str("errors", 0, "message")).not.toBe("");
    expect(answer.json).not.toHaveProperty("data.app");
    expect(api.store.addresses.all()).toEqual([]);
  });

  test.for([
    "query {",
    "{ app(name: ) { id } }",
    "subscription { a }",
    "{ app ~ }",
    "{ ...Nowhere }",
  ])("what isn't GraphQL is refused: %s", async (query) => {
    const answer = await api.call("POST", "/graphql", { query });
    expect(answer.status).toBe(400);
    expect(answer.str("errors", 0, "message")).not.toBe("");
  });
});
