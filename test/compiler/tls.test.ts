/** Who terminates TLS, and what that changes in the desired state. */
import { describe, test } from "vitest";
import { compile } from "../../compiler/compile.ts";
import type { SpecFile } from "../../compiler/compile.ts";
import { desiredOf, regionOf } from "../kit/compiled.ts";
import { edited, flyEdgeSpecs } from "../../fixtures/sample-specs.ts";

const fleet = "specs/fleet.yaml";

describe("tls", () => {
  test("fly-edge gives a host no certificate, and Fly the handlers", ({ expect }) => {
    for (const proxied of [true, false]) {
      const { hosts } = regionOf(compile(flyEdgeSpecs(proxied), { stack: "iad" }));
      expect(hosts.length).toBeGreaterThan(1);
      for (const { files, secrets, config } of hosts) {
        expect(files.filter(({ path }) => path.includes("/tls/"))).toEqual([]);
        expect(secrets.filter((name) => name.startsWith("ORIGIN_"))).toEqual([]);
        expect(config.services).toMatchObject([
          {
            internal_port: 8080,
            ports: [
              { port: 443, handlers: ["tls", "http"] },
              { port: 80, handlers: ["http"], force_https: true },
            ],
            checks: [{ port: 8080, path: "/healthz" }],
          },
        ]);
      }
    }
  });

  test("fly-edge has a certificate and a proof per hostname, and no wildcard", ({ expect }) => {
    const desired = desiredOf(compile(flyEdgeSpecs(false), { stack: "global" }));
    const names = ["app-fra.example.com", "app-iad.example.com", "app.example.com"];
    expect(desired).toMatchObject({ certificate: { mode: "fly-edge", hostnames: names } });
    const records = desired.kind === "global" ? desired.dns.records : [];
    expect(records.map(({ type, name }) => `${type} ${name}`)).toEqual(
      names.flatMap((name) => [`AAAA ${name}`, `A ${name}`, `TXT _fly-ownership.${name}`]),
    );
  });

  test("a deep hostname needs Cloudflare's certificate only behind its proxy", ({ expect }) => {
    const deep = (proxied: boolean): SpecFile[] =>
      edited(flyEdgeSpecs(proxied), fleet, "[app.example.com]", "[a.b.example.com]");
    const codes = (files: readonly SpecFile[]): string[] =>
      compile(files, { stack: "global" }).diagnostics.map(({ code }) => code);
    expect([codes(deep(true)), codes(deep(false))]).toEqual([["W202"], []]);
  });
});
