import type { RegionCode } from "./fly-regions.ts";

/**
 * Fly's list prices on one day. Machines: https://fly.io/docs/about/pricing/ as published in
 * https://github.com/superfly/docs (about/pricing.mdx, commit 0137eed18066), read on the day in `asOf`; it prices
 * `shared-cpu-1x` with 256 MB at 2.19, `performance-1x` with 2 GB at 33.00 and a GB more at 6.00 in iad. The regions'
 * factors: snippets/RegionPricingSelector.jsx there (commit 12704c089374; bom: commit aea0083810d5, the last to list it).
 */
export const PRICES = {
  asOf: "2026-11-24",
  source: "https://fly.io/docs/about/pricing/",
  /** Per 30 days in iad, with the memory that comes with the CPU. */
  perCpu: {
    shared: { dollars: 2.194, memoryMb: 256 },
    performance: { dollars: 33.0, memoryMb: 2048 },
  },
  /** Per 30 days and GB in iad, beyond what comes with the CPUs. */
  memoryPerGb: 6.003,
  /** Per 30 days and GB, attached or not, in every region. */
  volumePerGb: 0.15,
  /** Per 30 days and hostname that Fly holds a certificate for, beyond the first ones. */
  perCertificate: { dollars: 0.1, free: 10 },
  /** Machines only. */
  regionFactor: {
    ams: 1.0385,
    arn: 1.0385,
    bom: 1.0769,
    cdg: 1.1346,
    dfw: 1.25,
    ewr: 1,
    fra: 1.1538,
    gru: 1.6154,
    iad: 1,
    jnb: 1.3029,
    lax: 1.1995,
    lhr: 1.1346,
    nrt: 1.3077,
    ord: 1.25,
    sin: 1.2692,
    sjc: 1.1923,
    syd: 1.2692,
    yyz: 1.1154,
  },
} as const satisfies PriceTable;

interface PriceTable {
  readonly asOf: string;
  readonly source: string;
  readonly perCpu: Readonly<
    Record<"shared" | "performance", { readonly dollars: number; readonly memoryMb: number }>
  >;
  readonly memoryPerGb: number;
  readonly volumePerGb: number;
  readonly perCertificate: { readonly dollars: number; readonly free: number };
  readonly regionFactor: Readonly<Record<RegionCode, number>>;
}
