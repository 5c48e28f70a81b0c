import { describe, test } from "vitest";
import { PRICES } from "../../../compiler/catalog/prices.ts";
import { FLY_REGIONS, planChange } from "../../../compiler/compile.ts";
import type { PriceChange, SpecFile } from "../../../compiler/compile.ts";
import { sampleSpecs } from "../../../fixtures/sample-specs.ts";

/** Figures of Fly's own page: see `prices.ts`. */
const PUBLISHED = [
  ["shared", 1, 256, "iad", 2.19],
  ["shared", 1, 512, "iad", 3.69],
  ["shared", 1, 1024, "iad", 6.7],
  ["shared", 2, 2048, "iad", 13.39],
  ["performance", 1, 2048, "iad", 33],
  ["performance", 2, 4096, "iad", 66],
  ["shared", 1, 1024, "fra", 7.73],
  ["shared", 1, 1024, "sin", 8.5],
] as const;

describe("price", () => {
  for (const [kind, cpus, memoryMb, region, dollars] of PUBLISHED) {
    test(`${cpus} ${kind} CPUs with ${memoryMb} MB in ${region} cost ${dollars}`, ({ expect }) => {
      const machine = `{ cpu_kind: ${kind}, cpus: ${cpus}, memory_mb: ${memoryMb} }`;
      expect(priceOf(fleet(region, machine, 1), undefined).after).toBe(dollars);
    });
  }

  test("every region Fly sells has a factor, none below iad's", ({ expect }) => {
    expect(Object.keys(PRICES.regionFactor).toSorted()).toEqual([...FLY_REGIONS]);
    expect(Math.min(...Object.values(PRICES.regionFactor))).toBe(PRICES.regionFactor.iad);
  });

  test("says that it is an estimate, of which day and from where", ({ expect }) => {
    const price = priceOf(sampleSpecs(), sampleSpecs());
    expect(price).toMatchObject({ estimate: true, currency: "USD", difference: 0 });
    expect(price.asOf).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(price.source).toMatch(/^https:\/\/fly\.io\//);
    expect(price.notes[0]).toContain("no traffic");
  });

  test("a host more costs its Machine, a stopped one nothing that is counted", ({ expect }) => {
    const small = "{ cpu_kind: shared, cpus: 1, memory_mb: 256 }";
    const more = priceOf(fleet("iad", small, 3), fleet("iad", small, 1));
    expect(more).toMatchObject({ before: 2.19, after: 6.58, difference: 4.39 });
    const warm = fleet("iad", small, 1).map((file) => ({
      ...file,
      text: file.text.replace("max_hosts: 4", "max_hosts: 4, warm_hosts: 2"),
    }));
    const waiting = priceOf(warm, fleet("iad", small, 1));
    expect(waiting.difference).toBe(0);
    expect(waiting.notes.join("\n")).toContain("stopped hosts");
  });

  test("Fly's certificates cost from the eleventh hostname on", ({ expect }) => {
    const caddy: SpecFile = {
      path: "caddy.yaml",
      text: "kind: Service\nname: caddy\ntype: caddy\nregions: { iad: { replicas: 1 } }\nroutes: [{ path: [/*], root: www }]\n",
    };
    const served = (count: number, mode: string): SpecFile[] => {
      const names = Array.from({ length: count }, (_, index) => `h${index}.example.com`);
      const [first, ...rest] = fleet("iad", "{ cpu_kind: shared, cpus: 1, memory_mb: 256 }", 1);
      const text = first?.text.replace("[app.example.com]", `[${names.join(", ")}]`) ?? "";
      return [{ path: "fleet.yaml", text: `${text}tls: { mode: ${mode} }\n` }, ...rest, caddy];
    };
    const difference = (count: number): number =>
      priceOf(served(count, "fly-edge"), served(count, "origin-cert")).difference;
    expect([difference(10), difference(12)]).toEqual([0, 0.2]);
  });

  test("a volume whose host goes is kept, and goes on costing", ({ expect }) => {
    const small = "{ cpu_kind: shared, cpus: 1, memory_mb: 256 }";
    const database: SpecFile = {
      path: "pocketbase.yaml",
      text: "kind: Service\nname: pocketbase\ntype: pocketbase\ndata: { mode: single-writer, writer: iad }\nstorage_gb: 10\nregions: { iad: { replicas: 1 } }\n",
    };
    const before = [...fleet("iad", small, 1), database];
    const price = priceOf(fleet("iad", small, 1), before);
    expect(price).toMatchObject({ before: 3.69, after: 3.69, difference: 0 });
    expect(price.notes.join("\n")).toContain("10 GB of volumes without a host are kept");
  });
});

function priceOf(after: readonly SpecFile[], before: readonly SpecFile[] | undefined): PriceChange {
  const result = planChange(before, after);
  if (!result.ok)
    throw new Error(result.diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n"));
  return result.change.price;
}

function fleet(region: string, machine: string, replicas: number): SpecFile[] {
  return [
    {
      path: "fleet.yaml",
      text: `kind: Fleet
name: acme
organization: personal
image: registry.example/acme:1
zone: example.com
hostnames: [app.example.com]
machine: ${machine}
regions: { ${region}: { max_hosts: 4 } }
`,
    },
    {
      path: "mailer.yaml",
      text: `kind: Service
name: mailer
type: process
command: [mailer]
regions: { ${region}: { replicas: ${replicas} } }
`,
    },
  ];
}
