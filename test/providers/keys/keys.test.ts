import { createPrivateKey, createPublicKey } from "node:crypto";

import "../../../providers/keys/reflect-metadata.ts";

import { fromPublic, fromSeed } from "@nats-io/nkeys";
import { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } from "@peculiar/x509";
import { describe, expect, test } from "vitest";

import type { Properties } from "../../../providers/dynamic/resource-methods.ts";
import { certificate, nkeys, passwords } from "../../../providers/keys/entry.ts";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function member(outs: Properties, output: string, name: string): string {
  const map = outs[output] as Record<string, string>;
  return map[name] ?? "";
}

describe("certificate", () => {
  const inputs = { hostnames: ["example.com", "*.example.com"], __provider: "text" };

  test("creates a P-256 key and a request for all hostnames, signed with that key", async () => {
    const { id, outs } = await certificate.create(inputs);
    expect(id).toMatch(/^csr-[0-9a-f]{16}$/);
    expect(outs).toMatchObject(inputs);
    const request = new Pkcs10CertificateRequest(String(outs["csr"]));
    expect(await request.verify()).toBe(true);
    expect(request.subject).toBe("CN=example.com");
    const names = new SubjectAlternativeNameExtension(
      request.getExtension("2.5.29.17")?.rawData ?? new ArrayBuffer(),
    ).names.toJSON();
    expect(names).toEqual(inputs.hostnames.map((value) => ({ type: "dns", value })));
    const key = createPrivateKey(String(outs["privateKey"]));
    expect(key.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    const spki = createPublicKey(key).export({ type: "spki", format: "der" });
    expect(spki.equals(Buffer.from(request.publicKey.rawData))).toBe(true);
  });

  test("other hostnames replace it, another order doesn't", () => {
    const olds = { ...inputs, csr: "…", privateKey: "…" };
    expect(certificate.diff("csr-1", olds, { hostnames: inputs.hostnames.toReversed() })).toEqual({
      changes: false,
    });
    const other = { changes: true, replaces: ["hostnames"] };
    expect(certificate.diff("csr-1", olds, { hostnames: ["example.com"] })).toEqual(other);
    expect(certificate.diff("csr-1", olds, { hostnames: unknown })).toEqual(other);
  });

  test("reads the key from the state, and keeps it when only the order changes", async () => {
    const { id, outs } = await certificate.create(inputs);
    expect(await certificate.read(id, outs)).toEqual({ id, props: outs });
    const news = { hostnames: inputs.hostnames.toReversed(), __provider: "text" };
    expect((await certificate.update(id, outs, news)).outs).toEqual({ ...outs, ...news });
  });

  test.each([
    [[]],
    [["Example.com"]],
    [["example.com", "a b"]],
    ["example.com"],
    [["*.*.example.com"]],
  ])("%j fails the check", (hostnames) => {
    expect(certificate.check({}, { hostnames }).failures).toMatchObject([
      { property: "hostnames" },
    ]);
  });

  test.each([[unknown], [["example.com", unknown]], [inputs.hostnames]])(
    "%j passes the check",
    (hostnames) => {
      expect(certificate.check({}, { hostnames })).toEqual({ inputs: { hostnames } });
    },
  );
});

describe("nkeys", () => {
  const inputs = { names: ["app", "leaf"], __provider: "text" };

  test("creates a matching key pair per name", async () => {
    const { outs } = await nkeys.create(inputs);
    for (const name of inputs.names) {
      const seed = member(outs, "seeds", name);
      const publicKey = member(outs, "publicKeys", name);
      expect(publicKey).toMatch(/^U[A-Z2-7]{55}$/);
      expect(seed).toMatch(/^SU[A-Z2-7]+$/);
      const data = new TextEncoder().encode("hello");
      const signature = fromSeed(new TextEncoder().encode(seed)).sign(data);
      expect(fromPublic(publicKey).verify(data, signature)).toBe(true);
    }
    expect(member(outs, "seeds", "app")).not.toBe(member(outs, "seeds", "leaf"));
  });

  test("an added name keeps the other keys, a removed name drops its key, half a pair is replaced", async () => {
    const { id, outs } = await nkeys.create(inputs);
    const news = { names: ["app", "sys"] };
    expect(nkeys.diff(id, outs, news)).toEqual({ changes: true });
    const updated = await nkeys.update(id, outs, news);
    expect(member(updated.outs, "seeds", "app")).toBe(member(outs, "seeds", "app"));
    expect(Object.keys(updated.outs["seeds"] as object)).toEqual(["app", "sys"]);
    const half = await nkeys.update(id, { ...outs, publicKeys: {} }, inputs);
    expect(member(half.outs, "seeds", "app")).not.toBe(member(outs, "seeds", "app"));
  });
});

describe("passwords", () => {
  test("are 256 random bits each, and kept", async () => {
    const { id, outs } = await passwords.create({ names: ["A", "B"] });
    const [a, b] = [member(outs, "values", "A"), member(outs, "values", "B")];
    expect(Buffer.from(a, "base64url")).toHaveLength(32);
    expect(a).toMatch(/^[\w-]{43}$/);
    expect(a).not.toBe(b);
    expect(await passwords.read(id, outs)).toEqual({ id, props: outs });
    expect(passwords.diff(id, outs, { names: ["B", "A"] })).toEqual({ changes: false });
    const { outs: more } = await passwords.update(id, outs, { names: ["C", "A"] });
    expect(more["values"]).toEqual({ A: a, C: expect.stringMatching(/^[\w-]{43}$/) });
  });

  test.each([[[]], [["1a"]], [["a b"]], [undefined], [[3]]])("names %j fail the check", (names) => {
    expect(passwords.check({}, { names }).failures).toMatchObject([{ property: "names" }]);
  });
});
