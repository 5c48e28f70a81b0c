import { z } from "zod";
import { FLY_REGIONS } from "../fly-regions.ts";
import { byRegion, count, dnsLabel, duration, hostname, positive, versionKey } from "./common.ts";

const machine = z
  .strictObject({
    cpu_kind: z
      .enum(["shared", "performance"])
      .default("shared")
      .meta({ description: "Default: `shared`." }),
    cpus: positive("Number of CPUs, as Fly sells them. Default: 1.", 128).default(1),
    memory_mb: z
      .int()
      .min(256)
      .default(512)
      .meta({ description: "Memory of one Machine in MB. Default: 512." }),
  })
  .meta({ description: "Size of every Machine." });

const tls = z
  .strictObject({
    mode: z.enum(["origin-cert", "fly-edge"]).default("origin-cert").meta({
      description:
        "Who terminates TLS: our Caddy with one Cloudflare Origin CA certificate, or Fly. Default: `origin-cert`.",
    }),
    generation: positive(
      "Raise it to issue a new certificate beside the old one, which stays valid until it is revoked on purpose. Default: 1.",
    ).default(1),
  })
  .meta({ description: "Certificate configuration that all Caddies share." });

const idle = z
  .strictObject({
    stop: z.boolean().meta({ description: "Whether hosts without data may idle to zero." }),
    keep: count("Hosts that stay on.").optional(),
  })
  .meta({ description: "Not supported yet." });

const region = z
  .strictObject({
    max_hosts: positive("Hosts (Machines) that may ever exist in this region.", 100),
    warm_hosts: count(
      "Created, stopped hosts kept ready for a burst; they count inside max_hosts. Default: 0.",
    ).default(0),
    machine: machine
      .optional()
      .meta({ description: "Size of this region's Machines. Default: the fleet's." }),
    idle: idle.optional(),
  })
  .meta({ description: "One region: one Pulumi stack." });

const rollout = z
  .strictObject({
    max_unavailable: positive("Hosts of a region that may change at once. Default: 1.").default(1),
    health_timeout: duration(
      "How long a host may take from its start to passing checks. Default: `60s`.",
    ).default(60),
    on_failure: z.enum(["rollback"]).default("rollback").meta({
      description:
        "What happens to a host whose new version doesn't get healthy. Default: `rollback`.",
    }),
    region_order: z.array(z.enum(FLY_REGIONS)).default([]).meta({
      description:
        "Regions to change first, in this order; the others follow in the order of `regions`.",
    }),
  })
  .meta({ description: "How changes reach the hosts." });

/** `kind: Fleet`: the product as a whole. */
export const fleetSchema = z
  .strictObject({
    kind: z.literal("Fleet"),
    version: versionKey,
    name: dnsLabel("Name of the fleet; also the Fly app unless `app` is given."),
    app: dnsLabel("Fly app. Default: `name`.").optional(),
    organization: z
      .string()
      .min(1)
      .meta({ description: "Fly organization slug, e.g. `personal`." }),
    image: z
      .string()
      .regex(/^\S+$/u)
      .meta({ description: "Container image of every host, best with its digest (`…@sha256:…`)." }),
    zone: hostname("Cloudflare zone, e.g. `example.com`."),
    hostnames: z.array(hostname("A hostname in the zone.")).default([]).meta({
      description: "Hostnames that the nearest region answers. Default: none.",
    }),
    regional_hostnames: z.string().optional().meta({
      description:
        "Pattern with {region}, e.g. `app-{region}.example.com`: that region answers, wherever the visitor enters.",
    }),
    tls: tls.prefault({}),
    machine: machine.prefault({}),
    regions: byRegion(region, "Regions by Fly's code, e.g. `iad`."),
    rollout: rollout.prefault({}),
  })
  .meta({
    title: "Fleet",
    description: "The product as a whole: app, hostnames, regions, machine size, rollout rules.",
  });

export type FleetSource = z.output<typeof fleetSchema>;
