import type { Diagnostic } from "../../text/diagnostic.ts";
import { diagnose } from "../../text/source.ts";
import type { ProcessService, Service, Spec } from "../../model/spec.ts";
import { suggestion } from "../../text/suggest.ts";

/** E318, E319. */
export function checkDependencies(
  spec: Spec,
  unusable: ReadonlySet<string> | undefined,
): Diagnostic[] {
  const processes = spec.services.filter((service) => service.type === "process");
  return [
    ...processes.flatMap((service) => checkTargets(spec, unusable, service)),
    ...checkCycles(processes),
  ];
}

function checkTargets(
  spec: Spec,
  unusable: ReadonlySet<string> | undefined,
  service: ProcessService,
): Diagnostic[] {
  const possible = spec.services.filter((other) => !isLocal(other) && other !== service);
  return service.dependsOn.flatMap((name, index) => {
    const target = spec.services.find((other) => other.name === name);
    if (target === undefined && (unusable === undefined || unusable.has(name))) return [];
    // A dependency on itself is a cycle of one.
    if (target === service || (target !== undefined && !isLocal(target))) return [];
    return [
      diagnose(service.source, {
        code: "E318",
        path: ["depends_on", index],
        message:
          target === undefined
            ? `there is no service \`${name}\``
            : `\`${name}\` is \`local\`: its slots are switched on and off, so nothing can wait for them`,
        hint: suggestion(
          name,
          possible.map((other) => other.name),
        ),
      }),
    ];
  });
}

/** A server that says `local` is told so elsewhere (E306). */
function isLocal(service: Service): boolean {
  return service.type === "process" && service.strategy === "local";
}

/** Depth first; the edge that closes a cycle is the one reported, once per cycle. */
function checkCycles(processes: readonly ProcessService[]): Diagnostic[] {
  const byName = new Map(processes.map((service) => [service.name, service]));
  const done = new Set<string>();
  const found: Diagnostic[] = [];
  function visit(service: ProcessService, trail: readonly string[]): void {
    if (done.has(service.name)) return;
    for (const [index, name] of service.dependsOn.entries()) {
      const path = [...trail, service.name];
      const start = path.indexOf(name);
      const next = byName.get(name);
      if (start >= 0)
        found.push(
          diagnose(service.source, {
            code: "E319",
            path: ["depends_on", index],
            message: `services wait for each other: ${[...path.slice(start), name].join(" → ")}`,
            hint: "Remove one of these dependencies.",
          }),
        );
      else if (next !== undefined) visit(next, path);
    }
    done.add(service.name);
  }
  for (const service of processes) visit(service, []);
  return found;
}
