import { countPath } from "../../model/count-path.ts";
import type { Spec } from "../../model/spec.ts";
import type { Diagnostic, Path } from "../../text/diagnostic.ts";
import { diagnose, formatPosition, hasPath, positionOf } from "../../text/source.ts";
import { suggestion } from "../../text/suggest.ts";
import type { NatsRegion, NatsService } from "./service.ts";

/** E310–E313: JetStream servers are data hosts, so they must exist and stay; one hub for all regions. */
export function checkNats(nats: NatsService, spec: Spec): Diagnostic[] {
  return [
    ...checkHub(nats),
    ...spec.fleet.regions.flatMap((region) => {
      const counts = nats.regions[region.code];
      if (counts === undefined || counts.max === 0) return [];
      return [...checkServers(nats, counts), ...checkMemory(nats, counts, region.machine.memoryMb)];
    }),
  ];
}

/** Regions that run NATS. */
function natsRegions(nats: NatsService): string[] {
  return Object.entries(nats.regions)
    .filter(([, counts]) => counts.replicas > 0)
    .map(([code]) => code);
}

function checkHub(nats: NatsService): Diagnostic[] {
  const regions = natsRegions(nats);
  if (nats.hub === undefined && regions.length > 1 && !hasPath(nats.source, ["hub"]))
    return [
      diagnose(nats.source, {
        code: "E312",
        path: [],
        message: `NATS runs in ${regions.length} regions, but \`hub\` is missing`,
        hint: `Name the region that all others link to, e.g. \`hub: ${regions[0]}\`.`,
      }),
    ];
  if (nats.hub === undefined || regions.includes(nats.hub)) return [];
  return [
    diagnose(nats.source, {
      code: "E312",
      path: ["hub"],
      message: `the hub \`${nats.hub}\` runs no NATS`,
      hint: suggestion(nats.hub, regions),
    }),
  ];
}

function checkServers(nats: NatsService, counts: NatsRegion): Diagnostic[] {
  const { servers } = counts.jetstream;
  const serversPath = jetstreamPath(nats, counts, "servers");
  if (servers > counts.replicas) {
    const replicasPath = ["regions", counts.key, "replicas"];
    const [earlier, later] = inOrder(nats, serversPath, replicasPath);
    return [
      diagnose(nats.source, {
        code: "E310",
        path: later,
        message: `${counts.replicas} replicas can't be ${servers} JetStream servers (${formatPosition(nats.source, earlier)})`,
        hint: "Every JetStream server is a replica: raise `replicas`, or use 1 server.",
      }),
    ];
  }
  if (servers <= counts.min) return [];
  return [
    diagnose(nats.source, {
      code: "E311",
      path: countPath(nats, counts.key, "min"),
      message: `min ${counts.min} is below the number of JetStream servers, ${servers}: a signal could stop a host with data`,
      hint: `Set \`min\` to at least ${servers}.`,
    }),
  ];
}

function checkMemory(nats: NatsService, counts: NatsRegion, machineMb: number): Diagnostic[] {
  const { memoryMb } = counts.jetstream;
  if (memoryMb < machineMb) return [];
  return [
    diagnose(nats.source, {
      code: "E313",
      path: jetstreamPath(nats, counts, "memory_mb"),
      message: `JetStream's ${memoryMb} MB don't fit a Machine of ${machineMb} MB`,
      hint: "Lower it, or raise the Machine's `memory_mb`: the other services need memory too.",
    }),
  ];
}

/** Where a key of JetStream was written: under the region, else for the whole service. */
export function jetstreamPath(nats: NatsService, counts: NatsRegion, key: string): Path {
  const own = ["regions", counts.key, "jetstream", key];
  return hasPath(nats.source, own) ? own : ["jetstream", key];
}

function inOrder(nats: NatsService, a: Path, b: Path): [Path, Path] {
  const [first, second] = [positionOf(nats.source, a), positionOf(nats.source, b)];
  const aFirst =
    first.line < second.line || (first.line === second.line && first.column < second.column);
  return aFirst ? [a, b] : [b, a];
}
