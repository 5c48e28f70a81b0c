import { z } from "zod";
import {
  byRegion,
  count,
  dnsLabel,
  duration,
  durationOrZero,
  hostname,
  patternText,
  positive,
  regionCode,
  servedHostname,
  versionKey,
} from "./schema-parts.ts";

/**
 * Every Caddy names every host slot of its region, so a region's files grow with its `max_hosts`: at a thousand they
 * are still a few hundred KB, and 18 regions have room for more hosts than one Fly app has been seen with.
 */
const MOST_HOSTS = 1000;

const machine = z
  .strictObject({
    cpu_kind: z
      .enum(["shared", "performance"])
      .default("shared")
      .meta({ description: "Kind of CPU.", defaultText: "`shared`", examples: ["shared"] }),
    cpus: positive(
      { unit: "CPUs", description: "Number of CPUs, as Fly sells them.", defaultText: "1" },
      128,
      2,
    ).default(1),
    memory_mb: z
      .int()
      .min(256)
      .default(512)
      .meta({
        description: "Memory of one Machine in MB.",
        unit: "MB",
        defaultText: "512",
        examples: [1024],
      }),
  })
  .meta({
    description: "Size of every Machine.",
    examples: [{ cpu_kind: "shared", cpus: 2, memory_mb: 1024 }],
  });

const tls = z
  .strictObject({
    mode: z
      .enum(["origin-cert", "fly-edge"])
      .default("origin-cert")
      .meta({
        description:
          "Who terminates TLS: `origin-cert`, our Caddies with one Cloudflare Origin CA certificate; `fly-edge`, Fly with a public certificate per hostname, and Caddy answers plain HTTP behind it.",
        defaultText: "`origin-cert`",
        examples: ["fly-edge"],
      }),
    proxied: z
      .boolean()
      .default(true)
      .meta({
        description:
          "Whether visitors come through Cloudflare's proxy. `false`, with `fly-edge` only: they go to Fly directly, over IPv6 and IPv4.",
        defaultText: "true",
        examples: [false],
      }),
    generation: positive(
      {
        unit: "counter",
        description:
          "Of `origin-cert`: raise it to issue a new certificate beside the old one, which stays valid until it is revoked on purpose.",
        defaultText: "1",
      },
      1000,
      2,
    ).default(1),
  })
  .meta({ description: "Who holds the fleet's certificates, and who stands before it." });

const idle = z
  .strictObject({
    stop: z.boolean().meta({
      description:
        "Whether Fly stops hosts without data while nobody visits; the next visitor starts one.",
      examples: [true],
    }),
    keep: count({
      unit: "hosts",
      description: "The first hosts stay on, so many of them.",
      defaultText: "1",
    }).default(1),
  })
  .meta({
    description: "Shutdown of idle hosts with a Caddy. Hosts with data stay on.",
    defaultText: "none",
  });

const region = z
  .strictObject({
    max_hosts: positive(
      { description: "Hosts (Machines) that may ever exist in this region.", unit: "hosts" },
      MOST_HOSTS,
      4,
    ),
    warm_hosts: count({
      unit: "hosts",
      description: "Created, stopped hosts kept ready for a burst; they count inside max_hosts.",
      defaultText: "0",
    }).default(0),
    machine: machine
      .optional()
      .meta({ description: "Size of this region's Machines.", defaultText: "the fleet's" }),
    idle: idle.optional(),
  })
  .meta({ description: "One region: one Pulumi stack." });

const rollout = z
  .strictObject({
    max_unavailable: positive(
      {
        unit: "hosts",
        description: "Hosts of a region that may change at once, after the first alone.",
        defaultText: "1",
      },
      1000,
      2,
    ).default(1),
    min_healthy_time: durationOrZero(
      {
        description:
          "How long a changed host must keep passing its checks before it counts as healthy and the next one changes.",
        defaultText: "`0s`",
      },
      "10s",
    ).prefault("0s"),
    health_timeout: duration(
      {
        description: "How long a host may take from its start to passing checks.",
        defaultText: "`60s`",
      },
      "90s",
    ).prefault("60s"),
    on_failure: z
      .enum(["rollback"])
      .default("rollback")
      .meta({
        description: "What happens to a host whose new version doesn't get healthy.",
        defaultText: "`rollback`",
        examples: ["rollback"],
      }),
    region_order: z
      .array(regionCode())
      .default([])
      .meta({
        description:
          "Regions to change first, in this order; the others follow in the order of `regions`.",
        defaultText: "none",
        examples: [["fra"]],
      }),
  })
  .meta({ description: "How changes reach the hosts." });

/** `kind: Fleet`: the product as a whole. */
export const fleetSchema = z
  .strictObject({
    kind: z.literal("Fleet"),
    version: versionKey,
    name: dnsLabel("Name of the fleet; also the Fly app unless `app` is given."),
    app: dnsLabel({ description: "Fly app.", defaultText: "`name`" }).optional(),
    organization: patternText("^[a-z0-9][a-z0-9-]*$", {
      code: "E115",
      message: "is not an organization slug",
      hint: "The slug, not the name: lower-case letters, digits and hyphens; `fly orgs list` shows it.",
    }).meta({
      description: "Fly organization slug, e.g. `personal`.",
      examples: ["personal"],
      familiar: { org: true },
    }),
    image: z
      .string()
      .regex(/^\S+$/u)
      .meta({
        description: "Container image of every host, best with its digest (`…@sha256:…`).",
        examples: ["registry.fly.io/acme:1.4.0"],
      }),
    zone: hostname("Cloudflare zone, e.g. `example.com`."),
    hostnames: z
      .array(servedHostname("A hostname in the zone."))
      .default([])
      .meta({
        description: "Hostnames that the nearest region answers.",
        defaultText: "none",
        examples: [["app.example.com"]],
        familiar: { domains: "Write `hostnames` in the Fleet." },
      }),
    regional_hostnames: z
      .string()
      .optional()
      .meta({
        description:
          "Pattern with {region}, e.g. `app-{region}.example.com`: that region answers, wherever the visitor enters.",
        defaultText: "none",
        examples: ["app-{region}.example.com"],
      }),
    tls: tls.prefault({}),
    machine: machine.prefault({}).meta({
      familiar: { guest: "Write `machine` in the Fleet.", vm: "Write `machine` in the Fleet." },
    }),
    regions: byRegion(region, "Regions by Fly's code, e.g. `iad`.").meta({
      examples: [{ iad: { max_hosts: 4 }, fra: { max_hosts: 2 } }],
      familiar: {
        primary_region: "Write `regions`; the NATS `hub` and PocketBase's `writer` name one.",
      },
    }),
    rollout: rollout.prefault({}),
  })
  .meta({
    title: "Fleet",
    description: "The product as a whole: app, hostnames, regions, machine size, rollout rules.",
  });

export type FleetSource = z.output<typeof fleetSchema>;
