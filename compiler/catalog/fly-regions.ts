/** The regions Fly sells. Source: https://fly.io/docs/reference/regions/ */
export const FLY_REGIONS = [
  "ams",
  "arn",
  "bom",
  "cdg",
  "dfw",
  "ewr",
  "fra",
  "gru",
  "iad",
  "jnb",
  "lax",
  "lhr",
  "nrt",
  "ord",
  "sin",
  "sjc",
  "syd",
  "yyz",
] as const;

export type RegionCode = (typeof FLY_REGIONS)[number];
