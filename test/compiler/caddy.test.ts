import { once } from "node:events";
import { afterAll, beforeAll, describe, test } from "vitest";
import { compile } from "../../compiler/compile.ts";
import { startCaddy } from "./running-caddy.ts";
import type { Answer, RunningCaddy } from "./running-caddy.ts";
import { fileOf, regionOf } from "../kit/compiled.ts";
import { flyEdgeSpecs, sampleSpecs } from "../../fixtures/sample-specs.ts";
import { echo, startStub } from "./stub.ts";
import type { Stub } from "./stub.ts";

const slot = (host: string, port: number): string =>
  `${host}.host.kv._metadata.acme.internal:${port}`;

describe("the sample's Caddy in iad", () => {
  let caddy: RunningCaddy;
  let finish: (() => void) | undefined;
  const stubs: Stub[] = [];

  beforeAll(async () => {
    const stub = async (...parameters: Parameters<typeof startStub>): Promise<string> => {
      const started = await startStub(...parameters);
      stubs.push(started);
      return started.address;
    };
    const upstreams = new Map([
      [
        slot("iad-0", 8090),
        await stub("pocketbase", (name, request, response) => {
          if (request.url !== "/api/realtime") return echo(name, request, response);
          response.writeHead(200, { "content-type": "text/event-stream" });
          response.write("data: first\n\n");
          finish = () => response.end("data: last\n\n");
        }),
      ],
      [slot("fra-0", 8081), await stub("fra")],
      // 127.0.0.1:8443 isn't there: a host whose own NATS is down or elsewhere.
      [slot("iad-1", 8443), await stub("nats iad-1")],
    ]);
    const text = fileOf(
      regionOf(compile(sampleSpecs(), { stack: "iad" })),
      "iad-0",
      "/flotilla/etc/caddy.json",
    );
    caddy = await startCaddy(text, upstreams, { "index.html": "<h1>acme</h1>" });
  }, 60_000);

  afterAll(async () => {
    await caddy?.stop();
    for (const stub of stubs) await stub.close();
  });

  const seen = ({ body }: Answer): unknown => JSON.parse(body);

  test("serves files on the shared name", async ({ expect }) => {
    const answer = await caddy.visit("app.example.com", "/");
    expect([answer.status, answer.body]).toEqual([200, "<h1>acme</h1>"]);
    expect((await caddy.visit("app.example.com", "/missing")).status).toBe(404);
  });

  test("hides regional data on the shared name", async ({ expect }) => {
    expect((await caddy.visit("app.example.com", "/api/health")).status).toBe(404);
    expect((await caddy.visit("app.example.com", "/_/")).status).toBe(404);
  });

  test("serves its own region's data under the regional name", async ({ expect }) => {
    const answer = await caddy.visit("app-iad.example.com", "/api/health?x=1");
    expect(answer.status).toBe(200);
    expect(seen(answer)).toEqual({
      name: "pocketbase",
      host: "app-iad.example.com",
      url: "/api/health?x=1",
      client: "198.51.100.7",
    });
  });

  test("believes CF-Connecting-IP from Cloudflare only, X-Real-Ip from nobody", async ({
    expect,
  }) => {
    const headers = { "cf-connecting-ip": "203.0.113.9", "x-real-ip": "1.2.3.4" };
    const visit = (peer: string): Promise<Answer> =>
      caddy.visit("app-iad.example.com", "/api/health", { peer, headers });
    expect(seen(await visit("173.245.48.1"))).toMatchObject({ client: "203.0.113.9" });
    expect(seen(await visit("198.51.100.7"))).toMatchObject({ client: "198.51.100.7" });
  });

  test("forwards another region's name to that region, host and visitor kept", async ({
    expect,
  }) => {
    const answer = await caddy.visit("app-fra.example.com", "/api/health");
    expect(seen(answer)).toEqual({
      name: "fra",
      host: "app-fra.example.com",
      url: "/api/health",
      client: "198.51.100.7",
    });
  });

  test("answers 503 with Retry-After for a region that can't be reached", async ({ expect }) => {
    const answer = await caddy.visit("app-syd.example.com", "/api/health");
    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "5"]);
  });

  test("refuses names that aren't the fleet's", async ({ expect }) => {
    expect((await caddy.visit("other.example.com", "/")).status).toBe(421);
  });

  test("serves other regions' visitors on the internal listener, its own region only", async ({
    expect,
  }) => {
    const headers = { "x-real-ip": "203.0.113.9" };
    expect(
      seen(await caddy.plain(8081, "app-iad.example.com", "/api/health", headers)),
    ).toMatchObject({
      name: "pocketbase",
      host: "app-iad.example.com",
      client: "203.0.113.9",
    });
    for (const host of ["app-fra.example.com", "app.example.com"])
      expect((await caddy.plain(8081, host, "/api/health")).status).toBe(421);
  });

  test("passes server-sent events on as they come", async ({ expect }) => {
    const answer = await caddy.open("app-iad.example.com", "/api/realtime");
    const [first] = (await once(answer, "data")) as [Buffer];
    expect(first.toString()).toBe("data: first\n\n");
    const last = once(answer, "data") as Promise<[Buffer]>;
    finish?.();
    expect((await last)[0].toString()).toBe("data: last\n\n");
  });

  test("takes WebSocket to NATS at its root, and past a host whose own NATS is down", async ({
    expect,
  }) => {
    const socket = await caddy.secure("app.example.com");
    socket.write(
      "GET /nats HTTP/1.1\r\nHost: app.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    );
    const [head] = (await once(socket, "data")) as [Buffer];
    expect(head.toString()).toContain("101 Switching Protocols");
    expect(head.toString()).toContain("X-Stub: nats iad-1 /\r\n");
    socket.write("ping");
    const [back] = (await once(socket, "data")) as [Buffer];
    expect(back.toString()).toBe("ping");
    socket.destroy();
  });

  test("has metrics for Fly", async ({ expect }) => {
    const answer = await caddy.plain(9180, "localhost", "/metrics");
    expect(answer.body).toContain("caddy_http_requests_in_flight");
  });
});

describe("the sample's Caddy behind Fly's TLS", () => {
  const started: RunningCaddy[] = [];
  let stub: Stub;

  beforeAll(async () => {
    stub = await startStub("pocketbase");
    for (const proxied of [true, false]) {
      const desired = regionOf(compile(flyEdgeSpecs(proxied), { stack: "iad" }));
      const text = fileOf(desired, "iad-0", "/flotilla/etc/caddy.json");
      const upstreams = new Map([[slot("iad-0", 8090), stub.address]]);
      started.push(await startCaddy(text, upstreams, { "index.html": "<h1>acme</h1>" }));
    }
  }, 60_000);

  afterAll(async () => {
    for (const caddy of started) await caddy.stop();
    await stub?.close();
  });

  /** Who the service is told the visitor is. */
  async function clientOf(
    caddy: RunningCaddy | undefined,
    headers: Record<string, string>,
  ): Promise<unknown> {
    const answer = await caddy?.plain(8080, "app-iad.example.com", "/api/health", headers);
    return (JSON.parse(answer?.body ?? "{}") as { client?: unknown }).client;
  }

  test("serves visitors and the check on its plain port, and nothing on another", async ({
    expect,
  }) => {
    const [caddy] = started;
    const page = await caddy?.plain(8080, "app.example.com", "/");
    expect([page?.status, page?.body]).toEqual([200, "<h1>acme</h1>"]);
    expect((await caddy?.plain(8080, "172.19.0.2", "/healthz"))?.body).toBe("ok");
    expect((await caddy?.plain(8080, "other.example.com", "/"))?.status).toBe(421);
    await expect(caddy?.secure("app.example.com")).rejects.toThrow("ECONNREFUSED");
  });

  test("behind Cloudflare too, believes CF-Connecting-IP only where Fly says that it is Cloudflare's", async ({
    expect,
  }) => {
    const [behindCloudflare, direct] = started;
    const cf = { "cf-connecting-ip": "203.0.113.9" };
    const fromCloudflare = { "fly-client-ip": "173.245.48.1", ...cf };
    const fromElsewhere = { "fly-client-ip": "198.51.100.7", ...cf };
    expect(await clientOf(behindCloudflare, fromCloudflare)).toBe("203.0.113.9");
    expect(await clientOf(behindCloudflare, fromElsewhere)).toBe("198.51.100.7");
    expect(await clientOf(direct, fromCloudflare)).toBe("173.245.48.1");
    expect(await clientOf(direct, fromElsewhere)).toBe("198.51.100.7");
  });
});

describe("options of routes, in a real Caddy", () => {
  let caddy: RunningCaddy;
  let stub: Stub;

  beforeAll(async () => {
    stub = await startStub("worker", (_name, request, response) => {
      response.setHeader("x-powered-by", "stub");
      response.end(JSON.stringify({ url: request.url, site: request.headers["x-site"] }));
    });
    const routes = `routes:
  - { path: [/jobs, /jobs/*], to: worker, strip_prefix: /jobs, headers: { request: { X-Site: "{http.request.host} a" }, response: { X-Powered-By: "us {env.HOME}" } } }
  - { path: [/docs/*], root: www, strip_prefix: /docs, index: [start.html], headers: { response: { Cache-Control: max-age=60 } } }
  - { path: [/*], root: www, fallback: app.html }
`;
    const files = sampleSpecs().map((file) =>
      file.path === "specs/services/caddy.yaml"
        ? { ...file, text: file.text.slice(0, file.text.indexOf("routes:")) + routes }
        : file,
    );
    const text = fileOf(
      regionOf(compile(files, { stack: "iad" })),
      "iad-0",
      "/flotilla/etc/caddy.json",
    );
    caddy = await startCaddy(text, new Map([[slot("iad-0", 9100), stub.address]]), {
      "start.html": "start",
      "app.html": "app",
      "style.css": "css",
    });
  }, 60_000);

  afterAll(async () => {
    await caddy?.stop();
    await stub?.close();
  });

  const visit = (path: string): Promise<Answer> => caddy.visit("app.example.com", path);

  test("takes the prefix off, and sets headers as they are written", async ({ expect }) => {
    const answer = await visit("/jobs/7?x=1");
    expect(JSON.parse(answer.body)).toEqual({ url: "/7?x=1", site: "{http.request.host} a" });
    expect(answer.headers["x-powered-by"]).toBe("us {env.HOME}");
  });

  test("serves the index that is named, with headers", async ({ expect }) => {
    const answer = await visit("/docs/");
    expect([answer.status, answer.body]).toEqual([200, "start"]);
    expect(answer.headers["cache-control"]).toBe("max-age=60");
  });

  test("answers with the fallback where there is no file", async ({ expect }) => {
    expect((await visit("/style.css")).body).toBe("css");
    for (const path of ["/", "/some/page", "/app.html"])
      expect([path, (await visit(path)).body]).toEqual([path, "app"]);
  });
});
