/** The options of a local cloud, and the info that it gives once it runs. */
import { z } from "zod";

export const cloudOptionsSchema = z.strictObject({
  /** Absolute path of the cloud's folder; the whole state is below it and survives the cloud. */
  dir: z.string(),
  mode: z.enum(["process", "simulated"]),
  /** Fly API at this port, Cloudflare API at the next, edges after it. Absent: 4280, 4281, and edges from 8443. 0: any free ports. */
  portBase: z.int().min(0).max(65_000).optional(),
  /** The regions that visitors come from; each has an edge. */
  edgeRegions: z.array(z.string()).readonly(),
  edgeMode: z.enum(["passthrough", "cloudflare"]).optional(),
  /** Folder `image/`: the content of every Machine's image. */
  image: z.string(),
  /** Executables of this machine, by the names they have in a Machine's `/flotilla/bin`. */
  bin: z.record(z.string(), z.string()),
  /** Fly's rate limits. Default: true. */
  limits: z.boolean().optional(),
  /** Time from one pass of autostop to the next, in milliseconds. Default: two minutes. */
  autostopMs: z.int().min(1).optional(),
  /** Seed of the simulated latencies. Default: 1. */
  seed: z.number().optional(),
  /** The cloud stops when its standard input closes, as it does when the process at the other end ends. */
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
  /** Sentences for people, such as which port was in use. */
  notices: z.array(z.string()),
});

export type CloudInfo = z.infer<typeof cloudInfoSchema>;
