/** What a plan says when Fly comes to hold the certificates, or no longer does. */
import { describe, test } from "vitest";
import type { FleetChange } from "../../../compiler/compile.ts";
import { edited, flyEdgeSpecs, sampleSpecs } from "../../../fixtures/sample-specs.ts";
import { planned, stackOf } from "./planned.ts";

const sample = sampleSpecs();
const FLEET = "specs/fleet.yaml";

describe("a plan of TLS", () => {
  test("between the two modes, and back: certificates, records and what hosts read", ({
    expect,
  }) => {
    const there = planned(flyEdgeSpecs());
    const back = planned(sample, flyEdgeSpecs());
    const names = ["app-fra.example.com", "app-iad.example.com", "app.example.com"];
    const made = [
      ...names.map((name) => `edge-cert-${name}`),
      ...names.map((name) => `edge-dns-_fly-ownership.${name}`),
    ];
    const removed = ["edge-origin-cert-g1", "edge-origin-key-g1"];
    const operations = (change: FleetChange): string[] =>
      stackOf(change, "global").operations.map(({ op, name }) => `${op} ${name}`);
    expect(operations(there)).toEqual([
      ...made.map((name) => `create ${name}`),
      ...removed.map((name) => `delete ${name}`),
      "update edge-secrets",
    ]);
    expect(operations(back)).toEqual([
      ...made.map((name) => `delete ${name}`),
      ...removed.map((name) => `create ${name}`),
      "update edge-secrets",
    ]);
    const { certificate, records, notes } = stackOf(there, "global");
    expect(certificate).toMatchObject({ from: 1, to: undefined, hostnames: names });
    expect(certificate?.text).toMatch(/^Fly issues a certificate for app-fra.*revoked by hand$/);
    expect(records).toEqual(
      names.map((name) => ({ name: `_fly-ownership.${name}`, effect: "create" })),
    );
    expect(notes.join()).toContain("boot find no origin certificate");
    expect(stackOf(back, "global").certificate).toMatchObject({ from: undefined, to: 1 });
    expect(stackOf(back, "global").notes.join()).toContain("visitors can't connect");
    expect(stackOf(there, "iad").hosts[0]?.reasons).toEqual(
      expect.arrayContaining([
        { part: "file", text: "/flotilla/etc/tls/origin.key: gone" },
        { part: "secrets", text: "reads ORIGIN_CERT, ORIGIN_KEY no more" },
      ]),
    );
  });

  test("with Fly's certificates, a hostname more is one certificate more and reboots no host for it", ({
    expect,
  }) => {
    const files = flyEdgeSpecs();
    const more = edited(files, FLEET, "[app.example.com]", "[app.example.com, www.example.com]");
    const { certificate, operations } = stackOf(planned(more, files), "global");
    expect(certificate?.text).toBe(
      "Fly issues a certificate for www.example.com once DNS has its records",
    );
    expect(operations.map(({ op, name }) => `${op} ${name}`)).toEqual([
      "create edge-cert-www.example.com",
      "create edge-dns-_fly-ownership.www.example.com",
      "create edge-dns-www.example.com",
    ]);
    const less = stackOf(planned(files, more), "global");
    expect(less.certificate?.text).toBe("Fly's certificate for www.example.com is deleted");
    expect(less.certificate?.to).toBeUndefined();
  });

  test("without Cloudflare's proxy: the records change, and the IPv4 address gets its own", ({
    expect,
  }) => {
    const { operations } = stackOf(planned(flyEdgeSpecs(false), flyEdgeSpecs()), "global");
    expect(operations.map(({ op, name }) => `${op} ${name}`)).toEqual(
      ["app-fra", "app-iad", "app"].flatMap((name) => [
        `update edge-dns-${name}.example.com`,
        `create edge-dns-${name}.example.com-a`,
      ]),
    );
  });
});
