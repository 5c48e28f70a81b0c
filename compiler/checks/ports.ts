import type { Diagnostic, Path } from "../text/diagnostic.ts";
import { compareText } from "../text/diagnostic.ts";
import { RESERVED_PORTS } from "../catalog/guest-ports.ts";
import { diagnose, formatPosition } from "../text/source.ts";
import type { ProcessService, Spec } from "../model/spec.ts";

/** A port of a service: with slots a range, as slot i listens on `first + i`. */
interface PortRange {
  readonly service: ProcessService;
  readonly path: Path;
  readonly first: number;
  readonly last: number;
}

/** E403: two listeners on one port of a host. */
export function checkPorts(spec: Spec): Diagnostic[] {
  const ranges = spec.services
    .filter((service) => service.type === "process")
    .toSorted((a, b) => compareText(a.source.file, b.source.file))
    .flatMap(rangesOf);
  const takers = new Map<number, PortRange[]>();
  return ranges.flatMap((range) => {
    const earlier = take(range, takers);
    const reserved = [...RESERVED_PORTS].find(
      ([port]) => port >= range.first && port <= range.last,
    );
    if (reserved !== undefined) return [clash(range, `port ${reserved[0]} is ${reserved[1]}'s`)];
    if (range.last > 65535) return [clash(range, `port ${range.last} doesn't exist`)];
    if (earlier === undefined) return [];
    const port = Math.max(range.first, earlier.first);
    return [
      clash(
        range,
        `port ${port} is taken: ${formatPosition(earlier.service.source, earlier.path)}`,
      ),
    ];
  });
}

function rangesOf(service: ProcessService): PortRange[] {
  return Object.entries(service.ports).map(([name, first]) => ({
    service,
    path: ["ports", name],
    first,
    last: first + service.maxPerHost - 1,
  }));
}

/** Enters the range port by port; the first to have one of its ports in a region that both are in, if any. */
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

function areTogether(a: ProcessService, b: ProcessService): boolean {
  return Object.keys(a.regions).some((code) => Object.hasOwn(b.regions, code));
}

function clash(range: PortRange, what: string): Diagnostic {
  const slots = range.last > range.first ? ` (slots use ${range.first} to ${range.last})` : "";
  return diagnose(range.service.source, {
    code: "E403",
    path: range.path,
    message: `${what}${slots}`,
    hint: `Choose another port; taken by flotilla: ${[...RESERVED_PORTS.keys()].sort((a, b) => a - b).join(", ")}.`,
  });
}
