import type { Diagnostic, Path } from "../diagnostic.ts";
import { compareText } from "../diagnostic.ts";
import { RESERVED_PORTS } from "../guest-ports.ts";
import { diagnose, formatPosition } from "../source.ts";
import type { ProcessService, Spec } from "../spec.ts";

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
  return ranges.flatMap((range, index) => {
    const reserved = [...RESERVED_PORTS].find(
      ([port]) => port >= range.first && port <= range.last,
    );
    if (reserved !== undefined) return [clash(range, `port ${reserved[0]} is ${reserved[1]}'s`)];
    if (range.last > 65535) return [clash(range, `port ${range.last} doesn't exist`)];
    const earlier = ranges.slice(0, index).find((other) => overlap(range, other));
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

function overlap(a: PortRange, b: PortRange): boolean {
  const regions = Object.keys(a.service.regions);
  const together = regions.some((code) => Object.hasOwn(b.service.regions, code));
  return together && a.first <= b.last && b.first <= a.last;
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
