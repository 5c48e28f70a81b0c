import { GUEST_PORTS } from "../catalog/guest-ports.ts";
import type { Service } from "../model/spec.ts";
import type { CheckContext, FixedPort, ServiceTypes } from "../services/service-type.ts";
import { compareText } from "../text/diagnostic.ts";
import type { Diagnostic, Path } from "../text/diagnostic.ts";
import { diagnose, formatPosition } from "../text/source.ts";

/** A port of a service: with slots a range, as slot i listens on `first + i`. */
interface PortRange {
  readonly service: Service;
  readonly path: Path;
  readonly first: number;
  readonly last: number;
}

/** E403: two listeners on one port of a host. */
export function checkPorts({ spec, types }: CheckContext): Diagnostic[] {
  const fixed = fixedPorts(types);
  const ranges = spec.services
    .toSorted((a, b) => compareText(a.source.file, b.source.file))
    .flatMap(rangesOf);
  const takers = new Map<number, PortRange[]>();
  return ranges.flatMap((range) => {
    const earlier = take(range, takers);
    const reserved = fixed.find(({ port }) => port >= range.first && port <= range.last);
    if (reserved !== undefined)
      return [clash(range, `port ${reserved.port} is ${reserved.holder}'s`, fixed)];
    if (range.last > 65535) return [clash(range, `port ${range.last} doesn't exist`, fixed)];
    if (earlier === undefined) return [];
    const port = Math.max(range.first, earlier.first);
    return [
      clash(
        range,
        `port ${port} is taken: ${formatPosition(earlier.service.source, earlier.path)}`,
        fixed,
      ),
    ];
  });
}

/** Ports that are taken on every host, whether or not the spec has a service of the type. */
function fixedPorts(types: ServiceTypes): FixedPort[] {
  return [
    ...Object.values(types).flatMap(({ ports }) => ports),
    { port: GUEST_PORTS.processCompose, holder: "Process Compose" },
  ];
}

function rangesOf(service: Service): PortRange[] {
  return Object.entries(service.ports).map(([name, first]) => ({
    service,
    path: ["ports", name],
    first,
    last: first + service.maxPerHost - 1,
  }));
}

/** Enters the range port by port; returns the first other range with one of its ports in a region that both run in. */
function take(range: PortRange, takers: Map<number, PortRange[]>): PortRange | undefined {
  let earliest: PortRange | undefined;
  for (let port = range.first; port <= range.last; port++) {
    const others = takers.get(port) ?? [];
    earliest ??= others.find((other) => areTogether(range.service, other.service));
    others.push(range);
    takers.set(port, others);
  }
  return earliest;
}

function areTogether(a: Service, b: Service): boolean {
  return Object.keys(a.regions).some((code) => Object.hasOwn(b.regions, code));
}

function clash(range: PortRange, what: string, fixed: readonly FixedPort[]): Diagnostic {
  const slots = range.last > range.first ? ` (slots use ${range.first} to ${range.last})` : "";
  return diagnose(range.service.source, {
    code: "E403",
    path: range.path,
    message: `${what}${slots}`,
    hint: `Choose another port; taken by flotilla: ${fixed
      .map(({ port }) => port)
      .sort((a, b) => a - b)
      .join(", ")}.`,
  });
}
