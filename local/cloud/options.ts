/** What a local cloud is started with, and what it tells once it runs. */
import { z } from "zod";

export const cloudOptionsSchema = z.strictObject({
  /** Absolute path; everything of the cloud is below it and survives it. */
  dir: z.string(),
  mode: z.enum(["process", "simulated"]),
  /** Fly API at this port, Cloudflare API at the next, edges after it. Absent: 4280, 4281, 8443 and so on. 0: any free ports. */
  portBase: z.int().min(0).max(65_000).optional(),
  /** One edge per region a visitor may come from. */
  edgeRegions: z.array(z.string()).readonly(),
  edgeMode: z.enum(["passthrough", "cloudflare"]).optional(),
  /** Folder `image/`: what a Machine carries. */
  image: z.string(),
  /** Executables of this machine, by the names they have in a Machine's `/flotilla/bin`. */
  bin: z.record(z.string(), z.string()),
  /** Fly's rate limits. Default: true. */
  limits: z.boolean().optional(),
  /** From one pass of autostop to the next, in milliseconds. Default: two minutes. */
  autostopMs: z.int().min(1).optional(),
  /** Of simulated latencies. Default: 1. */
  seed: z.number().optional(),
  /** The cloud ends with whoever holds its standard input. */
  untilStdinCloses: z.boolean().optional(),
});

export type CloudOptions = z.infer<typeof cloudOptionsSchema>;

export const cloudInfoSchema = z.object({
  pid: z.int(),
  id: z.string(),
  mode: z.enum(["process", "simulated"]),
  octet: z.int(),
  dir: z.string(),
  /** `http://127.0.0.1:4280` */
  fly: z.string(),
  /** `http://127.0.0.1:4281/client/v4` */
  cloudflare: z.string(),
  edges: z.array(z.object({ region: z.string(), port: z.int(), url: z.string() })),
  tokens: z.object({ fly: z.string(), cloudflare: z.string() }),
  /** PEM of the local authority's root. */
  caFile: z.string(),
  log: z.string(),
  /** Sentences for people: a port that was taken. */
  notices: z.array(z.string()),
});

export type CloudInfo = z.infer<typeof cloudInfoSchema>;
